"""A model that subclasses artgan.Model and writes everything itself (Gulrajani et al. 2017)."""

import torch
from torch import nn

import artgan


class DirectOptions(artgan.Options):
    latent_dim: int = artgan.Field(16, ge=1, le=4096, description="numbers in a latent")
    width: int = artgan.Field(4, ge=4, le=512, description="channels next to the picture")
    critic_steps: int = artgan.Field(5, ge=1, le=100, description="the critic's steps to one of the generator")
    penalty: float = artgan.Field(10.0, ge=0, le=1000, description="weight of the gradient penalty")
    lr: float = artgan.Field(1e-3, gt=0, lt=1, description="learning rate of both")


class Direct(artgan.Model):
    Options = DirectOptions
    paper = "Gulrajani et al. 2017, Improved Training of Wasserstein GANs, https://arxiv.org/abs/1704.00028"
    conditional = False
    averaged = ("generator",)
    default_steps = 100
    default_batch_size = 16

    def __init__(self, options, data):
        super().__init__(options, data)
        if data.height % 4 or data.width % 4 or min(data.height, data.width) < 8:
            raise artgan.UserError(f"api1-direct can't make {data.width}x{data.height}: try --size 8.")
        height, width, channels = data.height // 4, data.width // 4, options.width
        self.register_buffer("level", torch.zeros(()))
        self.generator = nn.Sequential(
            nn.Linear(options.latent_dim, 2 * channels * height * width),
            nn.Unflatten(1, (2 * channels, height, width)),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * channels, channels, 4, 2, 1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, data.channels, 4, 2, 1),
            nn.Tanh(),
        )
        self.critic = nn.Sequential(
            nn.Conv2d(data.channels, channels, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, 2 * channels, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * channels * height * width, 1),
        )

    @property
    def latent_shape(self):
        return (self.options.latent_dim,)

    def phases(self):
        yield artgan.Phase("critic", ("critic",), self.critic_loss, second_order=True)
        yield artgan.Phase("generator", ("generator",), self.generator_loss, interval=self.options.critic_steps)

    def optimizer(self, network, parameters):
        return torch.optim.Adam(parameters, lr=self.options.lr, betas=(0.0, 0.9))

    def before_step(self, batch):
        super().before_step(batch)
        self.level.fill_(1 - batch.fraction)

    def average_decay(self, images):
        return super().average_decay(2 * images)

    def critic_loss(self, batch):
        with torch.no_grad():
            fake_images = self.generator(batch.latents(*self.latent_shape))
        real, fake = self.critic(batch.images).mean(), self.critic(fake_images).mean()
        shares = torch.rand(len(batch), 1, 1, 1, generator=batch.generator).to(batch.images.device)
        between = torch.lerp(fake_images.float(), batch.images, shares).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        penalty = (slope.float().flatten(1).norm(dim=1) - 1).square().mean()
        return {"loss": fake - real + self.options.penalty * penalty, "distance": (real - fake).detach()}

    def generator_loss(self, batch):
        return {"loss": -self.critic(self.generator(batch.latents(*self.latent_shape))).mean()}

    def sample(self, latents, labels, truncation=1.0):
        assert isinstance(self, artgan.Model)
        return self.generator(latents * truncation)

    def score(self, images, labels):
        assert super().score(images, labels) is None
        return self.critic(images).flatten()

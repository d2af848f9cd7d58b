"""Networks of the layer sizes of PyTorch-GAN's ``dcgan.py``: artgan's trainer on them, and the plain loop."""

from torch import Tensor, nn

import artgan
from artgan.models.gan import GANOptions
from artgan.options import resolve
from benchmarks.images import mnist
from benchmarks.loops import BATCH, ArtganLoop, PlainLoop
from benchmarks.measure import Context, interleave, median, ratio
from benchmarks.report import Result, Target

SIZE = 32
# Images a second of the shipped script on the machine that the target was set on.
REFERENCE = 203
WANTED = 6.0


class Reshape(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.view(-1, 128, SIZE // 4, SIZE // 4)


class LargeDCGAN(artgan.GAN):
    """A generator that upsamples and convolves, and a discriminator of four strided convolutions with dropout."""

    def __init__(self, options: GANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        self.generator = nn.Sequential(
            nn.Linear(options.latent_dim, 128 * (SIZE // 4) ** 2),
            Reshape(),
            nn.BatchNorm2d(128),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.BatchNorm2d(128, 0.8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 3, padding=1),
            nn.BatchNorm2d(64, 0.8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(64, data.channels, 3, padding=1),
            nn.Tanh(),
        )
        layers: list[nn.Module] = []
        inputs = data.channels
        for width in (16, 32, 64, 128):
            layers += [
                nn.Conv2d(inputs, width, 3, stride=2, padding=1),
                nn.LeakyReLU(0.2, inplace=True),
                nn.Dropout2d(0.25),
            ]
            if width > 16:
                layers.append(nn.BatchNorm2d(width, 0.8))
            inputs = width
        self.discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * (SIZE // 16) ** 2, 1))


def run(context: Context) -> Result:
    """artgan by its own plugin contract, nothing tuned for these networks."""
    source = mnist(context)
    prepared = source.prepare(SIZE)

    def build() -> LargeDCGAN:
        return LargeDCGAN(resolve(GANOptions, {}, "these networks"), prepared.info)

    slice_seconds, repetitions = context.pick((5.0, 7), (0.05, 1))
    ours = ArtganLoop(build, prepared, context.scratch, "auto", "pytorch-gan-sizes")
    plain = PlainLoop(build(), source.data_dir, SIZE)
    contenders = {
        "artgan": lambda: ours.images_per_second(slice_seconds),
        "plain": lambda: plain.images_per_second(slice_seconds),
    }
    found = interleave(contenders, repetitions)
    against = ratio(found["artgan"], found["plain"])
    here = median(found["plain"])
    return Result(
        "Networks of PyTorch-GAN's dcgan.py",
        f"{source.what} at {SIZE}x{SIZE}, batch {BATCH}, {ours.engine.precision} against eager fp32. Slices of "
        f"{slice_seconds} s in turn: the median of {repetitions}, after one warm-up slice each that isn't counted. The "
        f"shipped script reached {REFERENCE} images/s where the target was set; this machine does "
        f"{here / REFERENCE:.2f} times that with the same loop.",
        [
            {
                "networks": "dcgan.py's layer sizes",
                "artgan, images/s": median(found["artgan"]),
                "plain, images/s": here,
                "artgan / plain": against,
                "artgan on the reference machine, images/s": REFERENCE * against.median,
            }
        ],
        [Target("PyTorch-GAN's dcgan sizes / plain loop", against.median, "x", at_least=WANTED)],
        found,
    )

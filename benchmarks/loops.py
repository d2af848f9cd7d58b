"""The loops to compare: artgan's trainer as a session sets it up, and the plain loop of most tutorials."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from rich.console import Console
from torch import Tensor, nn

from artgan.api.run import Run
from artgan.build import build_model
from artgan.cli.display import LiveDisplay
from artgan.cli.progress import Progress
from artgan.config import make_config
from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared
from artgan.models.gan import GAN
from artgan.training.budget import Budget
from artgan.training.callback import Callbacks
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Started
from artgan.training.interrupts import Interrupts
from artgan.training.metrics_log import MetricsLog
from artgan.training.trainer import Trainer

BATCH = 64


class Loop(Protocol):
    """Trains for a while, and measures its speed."""

    def images_per_second(self, seconds: float) -> float:
        """Train for ``seconds``; return real images shown per second."""


def build_gan(name: str, options: Mapping[str, Any], info: ImageInfo) -> GAN:
    """Build a first-party model."""
    model = build_model(name, options, info)
    assert isinstance(model, GAN)
    return model


class ArtganLoop:
    """artgan's trainer with the listeners of a session in a terminal, whose output is discarded.

    Sample sheets and checkpoints are left out, because they depend on time, not steps.
    """

    def __init__(
        self, build: Callable[[], GAN], prepared: Prepared, folder: Path, precision: str = "auto", name: str = "run"
    ) -> None:
        config = make_config({"precision": precision, "gallery": False})
        self.engine = Engine(config)
        self.engine.launch()
        torch.manual_seed(0)
        with self.engine.init_module():
            self.model = build()
        self.engine.place(self.model)
        self.feed = Feed(prepared, BATCH, 0, self.engine.device)
        record = {"config": config.values()}
        run = Run.create(folder / "runs", f"{name}-{precision}", name, record)
        course = Progress()
        display = LiveDisplay(course, Console(file=open(os.devnull, "w"), force_terminal=True, width=100))  # noqa: SIM115
        emit = Broadcast([course, display])
        self.trainer = Trainer(
            self.engine,
            self.model,
            self.feed,
            Budget(None, None),
            callbacks=Callbacks([MetricsLog(run, emit)], emit),
        )
        emit(
            Started(
                run,
                self.engine.device_name,
                self.engine.precision,
                len(prepared),
                self.feed.steps_per_epoch,
                0,
                None,
                None,
            )
        )

    def images_per_second(self, seconds: float) -> float:
        """Train for ``seconds``; return real images shown per second."""
        trainer = self.trainer
        images, spent = trainer.images, trainer.seconds
        trainer.budget = Budget(None, spent + seconds)
        trainer.run(Interrupts())
        return (trainer.images - images) / (trainer.seconds - spent)


class PlainLoop:
    """A GAN trained as in most tutorials.

    A DataLoader over torchvision's MNIST with ToTensor and Normalize, binary cross-entropy on sigmoids, eager fp32,
    Adam, and both losses read with ``.item()`` at every step.
    """

    def __init__(self, model: GAN, data_dir: Path, size: int | None = None) -> None:
        """Train the networks of ``model``; ignore its phases, losses and options."""
        from torchvision import datasets, transforms

        self.generator, self.discriminator = model.generator, model.discriminator
        self.latent_dim, self.conditional = model.options.latent_dim, model.conditional
        steps = [transforms.Resize(size)] if size else []
        transform = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
        images = datasets.MNIST(str(data_dir), train=True, download=False, transform=transform)
        self.loader = torch.utils.data.DataLoader(images, batch_size=BATCH, shuffle=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model.to(self.device)
        self.loss = nn.BCELoss()
        self.optimizer_g = torch.optim.Adam(model.generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.optimizer_d = torch.optim.Adam(model.discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self._batches = self._forever()

    def images_per_second(self, seconds: float) -> float:
        """Train for ``seconds``; return real images shown per second."""
        began, images = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < seconds:
            images += self._step(*next(self._batches))
        return images / spent

    def _step(self, images: Tensor, labels: Tensor) -> int:
        images, labels = images.to(self.device), labels.to(self.device)
        valid = torch.ones(len(images), 1, device=self.device)
        fake = torch.zeros(len(images), 1, device=self.device)

        self.optimizer_g.zero_grad()
        made = self._call(self.generator, torch.randn(len(images), self.latent_dim, device=self.device), labels)
        loss_g = self.loss(self._judge(made, labels), valid)
        loss_g.backward()
        self.optimizer_g.step()

        self.optimizer_d.zero_grad()
        loss_real = self.loss(self._judge(images, labels), valid)
        loss_fake = self.loss(self._judge(made.detach(), labels), fake)
        loss_d = (loss_real + loss_fake) / 2
        loss_d.backward()
        self.optimizer_d.step()
        loss_g.item(), loss_d.item()
        return len(images)

    def _judge(self, images: Tensor, labels: Tensor) -> Tensor:
        return torch.sigmoid(self._call(self.discriminator, images, labels).reshape(-1, 1))

    def _call(self, network: nn.Module, inputs: Tensor, labels: Tensor) -> Tensor:
        result: Tensor = network(inputs, labels) if self.conditional else network(inputs)
        return result

    def _forever(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from self.loader

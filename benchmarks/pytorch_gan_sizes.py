"""artgan's trainer and the plain loop on networks with the layer sizes of PyTorch-GAN's ``dcgan.py``."""

from pathlib import Path

from torch import Tensor, nn

import artgan
from artgan.devices import pick_device, pick_precision
from artgan.models.gan import GANOptions
from artgan.plugins.options import resolve
from benchmarks.images import Source, mnist
from benchmarks.loops import BATCH, ArtganLoop, Loop, PlainLoop
from benchmarks.measure import Context, interleave, median, ratio
from benchmarks.report import Result, Target
from benchmarks.worker import Worker

SIZE = 32
# Images per second of the original script on the machine where the target was set.
REFERENCE = 203
WANTED = 6.0


class Reshape(nn.Module):
    """Reshapes features to planes."""

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
    """Train the networks through artgan's plugin contract, without tuning anything for them."""
    source = mnist(context)
    source.prepare(SIZE)
    seconds, repetitions = context.pick((5.0, 7), (0.05, 1))
    with Worker(_artgan, source, context.scratch) as ours, Worker(_plain, source) as plain:
        contenders = {"artgan": ours.slices_of("dcgan", seconds), "plain": plain.slices_of("dcgan", seconds)}
        found = interleave(contenders, repetitions)
    against = ratio(found["artgan"], found["plain"])
    here = median(found["plain"])
    precision = pick_precision("auto", pick_device("auto"))
    return Result(
        "Networks of PyTorch-GAN's dcgan.py",
        f"{source.what} at {SIZE}x{SIZE}, batch {BATCH}, {precision} against eager fp32. Slices of {seconds} s in "
        f"turn, each side in its own process: the median of {repetitions}, after one warm-up slice each that isn't "
        f"counted. The original script reached {REFERENCE} images/s where the target was set; this machine reaches "
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


def _build(info: artgan.ImageInfo) -> LargeDCGAN:
    return LargeDCGAN(resolve(GANOptions, {}, "these networks"), info)


def _artgan(source: Source, folder: Path) -> dict[str, Loop]:
    prepared = source.prepare(SIZE)
    return {"dcgan": ArtganLoop(lambda: _build(prepared.info), prepared, folder, "auto", "pytorch-gan-sizes")}


def _plain(source: Source) -> dict[str, Loop]:
    return {"dcgan": PlainLoop(_build(source.prepare(SIZE).info), source.data_dir, SIZE)}

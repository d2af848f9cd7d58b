"""All hooks of artgan. A plugin implements one or more of them, and artgan finds it through its entry point.

For example::

    [project.entry-points.artgan]
    mymodel = "artgan_mymodel"

The entry point names a module, or any object that has hook implementations. Each example below is a complete plugin:
the files of a package whose entry point names its ``__init__.py``. The tests run them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from artgan.plugins.specs import CommandSpec, CuratorSpec, DatasetSpec, LossSpec, MetricSpec, ModelSpec, TrackerSpec

hookspec = HookspecMarker("artgan")
hookimpl = HookimplMarker("artgan")


@hookspec
def artgan_models() -> "Iterable[ModelSpec]":  # type: ignore[empty-body]
    """Yield the models that this plugin provides: ``artgan train --model tiny``.

    Example::

        # artgan_tiny/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_models():
            yield artgan.ModelSpec(
                name="tiny",
                summary="Two small networks to start with",
                target="artgan_tiny.model:Tiny",  # a subclass of artgan.Model or artgan.GAN
            )

        # artgan_tiny/model.py
        from math import prod

        from torch import nn

        import artgan

        class Tiny(artgan.GAN):
            def __init__(self, options, data):
                super().__init__(options, data)
                pixels = prod(data.shape)
                self.generator = nn.Sequential(
                    nn.Linear(options.latent_dim, 128), nn.ReLU(),
                    nn.Linear(128, pixels), nn.Tanh(), nn.Unflatten(1, data.shape),
                )
                self.discriminator = nn.Sequential(
                    nn.Flatten(), nn.Linear(pixels, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1)
                )
    """


@hookspec
def artgan_datasets() -> "Iterable[DatasetSpec]":  # type: ignore[empty-body]
    """Yield the data sets that this plugin provides: ``artgan train --data stripes``.

    Example::

        # artgan_stripes/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_datasets():
            yield artgan.DatasetSpec(
                name="stripes",
                summary="Grey stripes of various widths",
                target="artgan_stripes.data:Stripes",  # a subclass of artgan.Dataset
            )

        # artgan_stripes/data.py
        import numpy as np

        import artgan

        class Stripes(artgan.Dataset):
            licence = "CC0 (drawn by code)"

            @property
            def info(self):
                side = self.size or 32
                return artgan.ImageInfo(1, side, side)

            def __len__(self):
                return 2000

            def fingerprint(self):
                return f"stripes 1 {self.size}"

            def read(self, start, stop):
                side = self.info.height
                waves = np.sin(np.arange(side) / (2 + np.arange(start, stop)[:, None] % 9))
                rows = (127.5 + 127.5 * waves).astype(np.uint8)
                return np.repeat(rows[:, None, :, None], side, axis=1), None
    """


@hookspec
def artgan_losses() -> "Iterable[LossSpec]":  # type: ignore[empty-body]
    """Yield the losses that this plugin provides: ``artgan train --loss absolute``.

    Example::

        # artgan_absolute/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_losses():
            yield artgan.LossSpec(
                name="absolute",
                summary="Pulls logits to 1 and 0 with equal force at any distance",
                target="artgan_absolute.loss:Absolute",  # a subclass of artgan.AdversarialLoss
            )

        # artgan_absolute/loss.py
        import artgan

        class Absolute(artgan.AdversarialLoss):
            def generator(self, fake, real):
                return (fake - 1).abs().mean()

            def discriminator(self, real, fake):
                return (real - 1).abs().mean() + fake.abs().mean()
    """


@hookspec
def artgan_metrics() -> "Iterable[MetricSpec]":  # type: ignore[empty-body]
    """Yield the metrics that this plugin provides: ``artgan evaluate --metrics contrast``.

    Example::

        # artgan_contrast/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_metrics():
            yield artgan.MetricSpec(
                name="contrast",
                summary="Relative difference in contrast between generated and real images",
                target="artgan_contrast.metric:Contrast",  # a subclass of artgan.Metric
            )

        # artgan_contrast/metric.py
        import artgan

        class Contrast(artgan.Metric):
            needs = "images"
            higher_is_better = False

            def compute(self, real, generated):
                spreads = [measured.images.float().std(dim=0).mean() for measured in (real, generated)]
                return {"contrast": float((spreads[0] - spreads[1]).abs() / spreads[0])}
    """


@hookspec
def artgan_trackers() -> "Iterable[TrackerSpec]":  # type: ignore[empty-body]
    """Yield the trackers that this plugin provides: ``artgan train --track diary``.

    Example::

        # artgan_diary/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_trackers():
            yield artgan.TrackerSpec(
                name="diary",
                summary="A line of text for every line of metrics",
                target="artgan_diary.tracker:Diary",  # a subclass of artgan.Tracker
            )

        # artgan_diary/tracker.py
        import artgan

        class Diary(artgan.Tracker):
            def log(self, step, metrics):
                with (self.run.path / "diary.txt").open("a") as file:
                    print(f"step {step}:", *(f"{name} {value:.3f}" for name, value in metrics.items()), file=file)
    """


@hookspec
def artgan_curators() -> "Iterable[CuratorSpec]":  # type: ignore[empty-body]
    """Yield the curators that this plugin provides: ``artgan gallery --curate --curator brightest``.

    Example::

        # artgan_brightest/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_curators():
            yield artgan.CuratorSpec(
                name="brightest",
                summary="The brightest pictures",
                target="artgan_brightest.curator:Brightest",  # a subclass of artgan.Curator
            )

        # artgan_brightest/curator.py
        import artgan

        class Brightest(artgan.Curator):
            def choose(self, features, scores, n):
                return (-features.mean(axis=1)).argsort()[:n]
    """


@hookspec
def artgan_commands() -> "Iterable[CommandSpec]":  # type: ignore[empty-body]
    """Yield the commands that this plugin adds to artgan: ``artgan steps``.

    Example::

        # artgan_steps/__init__.py
        import artgan

        @artgan.hookimpl
        def artgan_commands():
            yield artgan.CommandSpec(
                name="steps",
                summary="Show how many steps each run has trained",
                target="artgan_steps.command:steps",  # a function or a typer.Typer
            )

        # artgan_steps/command.py
        from typing import Annotated

        import typer

        import artgan

        def steps(least: Annotated[int, typer.Option(help="Leave out shorter runs.")] = 0):
            for run in artgan.list_runs():
                done = run.record["progress"]["step"]
                if done >= least:
                    print(run.name, done)
    """

"""Old module paths: they still import, with a :class:`DeprecationWarning` that names the new one, until 0.3."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Modules that `docs/stability.md` promises under their old name.
PROMISED = {"artgan.hookspecs": "artgan.plugins.hookspecs"}

MOVED: dict[str, tuple[str, ...]] = {
    "artgan.blame": ("artgan.plugins.errors",),
    "artgan.blending": (
        "artgan.api.blend",
        "artgan.training.blending",
    ),
    "artgan.budget": ("artgan.training.budget",),
    "artgan.checkpoints": ("artgan.runs.checkpoints",),
    "artgan.choices": ("artgan.data.auto_settings",),
    "artgan.cli.course": ("artgan.cli.progress",),
    "artgan.cli.fitting": ("artgan.cli.wrapping",),
    "artgan.data.alike": ("artgan.data.preprocess_like",),
    "artgan.data.damage": ("artgan.data.unreadable",),
    "artgan.data.growing": ("artgan.data.npy_writer",),
    "artgan.data.look": ("artgan.data.image_stats",),
    "artgan.data.loose": ("artgan.data.unlabelled",),
    "artgan.data.readable": ("artgan.data.safe_names",),
    "artgan.data.slices": ("artgan.data.parallel",),
    "artgan.data.survey": ("artgan.data.picture_survey",),
    "artgan.data.workspace": ("artgan.util.atomic_dir",),
    "artgan.evaluation": ("artgan.api.evaluate",),
    "artgan.export": ("artgan.sampling.export",),
    "artgan.files": ("artgan.util.files",),
    "artgan.gallery.certificate": ("artgan.imaging.certificate",),
    "artgan.gallery.credentials": ("artgan.imaging.credentials",),
    "artgan.gallery.directions": ("artgan.latent.directions",),
    "artgan.gallery.distance": ("artgan.latent.distance",),
    "artgan.gallery.explore": ("artgan.latent.explore",),
    "artgan.gallery.film": ("artgan.imaging.video",),
    "artgan.gallery.interpolate": ("artgan.latent.interpolate",),
    "artgan.gallery.latents": ("artgan.sampling.latents",),
    "artgan.gallery.mix": ("artgan.latent.mix",),
    "artgan.gallery.png": ("artgan.imaging.png",),
    "artgan.gallery.project": ("artgan.latent.project",),
    "artgan.gallery.provenance": ("artgan.sampling.provenance", "artgan.gallery.exhibit_record"),
    "artgan.gallery.sampler": ("artgan.sampling.sampler",),
    "artgan.gallery.sheet": ("artgan.imaging.contact_sheet",),
    "artgan.gallery.styled": ("artgan.latent.style_layers",),
    "artgan.gallery.xmp": ("artgan.imaging.xmp",),
    "artgan.inspection": ("artgan.api.inspect",),
    "artgan.lineage": (
        "artgan.training.inherit",
        "artgan.cli.run_text",
    ),
    "artgan.locate": ("artgan.data.resolve",),
    "artgan.metrics.agreement": ("artgan.metrics.label_accuracy",),
    "artgan.metrics.choice": ("artgan.metrics.selection",),
    "artgan.metrics.evaluate": ("artgan.metrics.report",),
    "artgan.metrics.names": ("artgan.plugins.extractor_names",),
    "artgan.metrics.source": ("artgan.metrics.samples",),
    "artgan.metrics.subject": ("artgan.metrics.target",),
    "artgan.metrics.yardstick": ("artgan.metrics.evaluator",),
    "artgan.model_source": ("artgan.api.model_source",),
    "artgan.models.adam": ("artgan.compat.adam",),
    "artgan.models.average": ("artgan.models.ema",),
    "artgan.models.combinations": ("artgan.models.option_checks",),
    "artgan.models.separate": ("artgan.models.batch_independence",),
    "artgan.options": ("artgan.plugins.options",),
    "artgan.origins": ("artgan.runs.dependencies",),
    "artgan.packages": ("artgan.plugins.install",),
    "artgan.paths": ("artgan.util.paths",),
    "artgan.processes": ("artgan.util.processes",),
    "artgan.registry": ("artgan.plugins.plugin_registry",),
    "artgan.request": ("artgan.api.prepare_job",),
    "artgan.run_folder": ("artgan.runs.record",),
    "artgan.scaffold": ("artgan.plugins.scaffold",),
    "artgan.scaffold.kinds": ("artgan.plugins.scaffold.kinds",),
    "artgan.scaffold.names": ("artgan.plugins.scaffold.names",),
    "artgan.scaffold.source": ("artgan.plugins.scaffold.source",),
    "artgan.shapes": ("artgan.util.schema",),
    "artgan.shortage": ("artgan.util.memory",),
    "artgan.specs": ("artgan.plugins.specs",),
    "artgan.switches": ("artgan.plugins.disabled",),
    "artgan.testing.again": ("artgan.testing.determinism",),
    "artgan.testing.rehearsal": ("artgan.testing.trial_training",),
    "artgan.training.convolution": ("artgan.compat.cpu_convolutions",),
    "artgan.training.crowd": ("artgan.training.cpu_contention",),
    "artgan.training.ending": ("artgan.training.lifecycle",),
    "artgan.training.evaluation": ("artgan.training.periodic_evaluation",),
    "artgan.training.fabric": ("artgan.compat.lightning",),
    "artgan.training.graphs": ("artgan.training.cuda_graphs",),
    "artgan.training.inheritance": ("artgan.training.warm_start",),
    "artgan.training.keeper": ("artgan.training.checkpointer",),
    "artgan.training.listeners": (
        "artgan.training.metrics_log",
        "artgan.training.sample_sheets",
    ),
    "artgan.training.materials": ("artgan.training.prepare",),
    "artgan.training.record": ("artgan.training.new_record",),
    "artgan.training.seal": ("artgan.runs.checksum",),
    "artgan.training.setup": (
        "artgan.build",
        "artgan.training.budget",
    ),
    "artgan.training.variety": ("artgan.training.diversity",),
    "artgan.training.watch": ("artgan.training.failure_monitor",),
    "artgan.words": ("artgan.util.text",),
}
"""By old path, the modules that have its names now, in the order in which they are looked through."""

MOVED_NAMES = {
    "artgan.plugins": dict.fromkeys(
        ("PluginWarning", "cause", "describe", "load", "load_class", "owner_of", "registry"), "artgan.plugins.loading"
    ),
    "artgan.runs": dict.fromkeys(("Run", "find_run", "list_runs", "survey"), "artgan.api.run"),
}
"""By package that was a module, where its old names are."""


class _Moved(ModuleType):
    """Stands for a module that has moved: looks its names up where they are now."""

    def __init__(self, name: str, homes: tuple[str, ...]) -> None:
        super().__init__(name, f"Moved to {' and '.join(homes)}.")
        self.__dict__["_homes"] = homes

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            for home in self._homes:
                module = import_module(home)
                if hasattr(module, name):
                    return getattr(module, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED or name in PROMISED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        if spec.name in PROMISED:
            return _Moved(spec.name, (PROMISED[spec.name],))
        homes = MOVED[spec.name]
        warnings.warn(f"{spec.name} has moved to {' and '.join(homes)}.", DeprecationWarning, stacklevel=2)
        return _Moved(spec.name, homes)

    def exec_module(self, module: ModuleType) -> None:
        pass


def moved_name(package: str, name: str) -> Any:
    """Look up a name that ``package`` had as a module; called by its ``__getattr__``."""
    home = MOVED_NAMES[package].get(name)
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    warnings.warn(f"{package}.{name} has moved to {home}.{name}.", DeprecationWarning, stacklevel=3)
    return getattr(import_module(home), name)


def install() -> None:
    """Make imports of old paths find the new modules; existing modules are found first."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())

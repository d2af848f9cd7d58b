"""The small typed records that plugins yield: a name, a one-line summary, and where to find the class.

They are cheap to create and to read: a class given as ``"module:Class"`` is imported on first use, so listing plugins
doesn't import torch.
"""

import re
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from importlib import import_module
from typing import Any, ClassVar

NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")

API = 1
"""This artgan's version of hooks, specs and contracts, incremented when existing plugins would have to change."""
OLDEST_API = 1
"""The oldest version that it still supports."""


@dataclass(frozen=True, slots=True)
class Spec:
    """The fields that specs of all kinds have in common.

    Attributes:
        name: the name that users type: lower-case letters, digits, ``-``, ``_`` and ``.``.
        summary: one line, shown in listings.
        target: the class itself, or ``"package.module:Class"``.
        api: the version of the plugin API that it was written for; an artgan that doesn't support it says so.

    Class attributes:
        kind: the kind in one word, for programs.
        title: the kind as people call it.
        hook: the hook that yields it.
        hint: a sentence that says where its names are listed.
        wanted: a description of valid targets.

    Raises:
        ValueError: if a field is malformed.
    """

    kind: ClassVar[str] = "plugin"
    title: ClassVar[str] = "plugin"
    hook: ClassVar[str] = ""
    hint: ClassVar[str] = "`artgan plugins` lists them."
    wanted: ClassVar[str] = "a class or 'package.module:Class'"

    name: str
    summary: str
    target: Any
    _: KW_ONLY
    api: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.title} name {self.name!r} is invalid: use lower-case letters, digits, '-', '_' and '.'"
            )
        if not isinstance(self.summary, str) or not self.summary.strip() or "\n" in self.summary:
            raise ValueError(f"{self.title} '{self.name}' needs a summary of one line, not {self.summary!r}")
        if isinstance(self.target, str):
            module, _, attribute = self.target.partition(":")
            if not module or not attribute:
                raise ValueError(f"{self.title} '{self.name}': target {self.target!r} should be 'package.module:Class'")
        elif not self._can_be(self.target):
            raise ValueError(f"{self.title} '{self.name}': target should be {self.wanted}")
        if type(self.api) is not int or self.api < 1:
            raise ValueError(f"{self.title} '{self.name}': api should be a number such as {API}, not {self.api!r}")

    def load(self) -> Any:
        """Import and return the target. Raises whatever the import raises."""
        if not isinstance(self.target, str):
            return self.target
        module, _, attribute = self.target.partition(":")
        return reduce(getattr, attribute.split("."), import_module(module))

    def _can_be(self, target: Any) -> bool:
        return isinstance(target, type)


@dataclass(frozen=True, slots=True)
class Suits:
    """The kind of images that a model suits. If the user doesn't choose a model, artgan takes the one that suits best.

    Attributes:
        score: how well it suits them, in (0, 1]; 0.5 means that it will do.
        why: the reason in a few words, shown after the model's name; ``{images}``, ``{labels}`` and ``{size}`` are
            filled in.
        edges: supported heights and widths of square images; empty: any shape.
        fewest, most: how many images it needs, and beyond how many other models do better; None: no limit.
        per_label: how many images per label it needs on average; 0: it doesn't need labels.
        largest: most values (channels x height x width) per image; None: no limit.
    """

    score: float
    why: str
    edges: tuple[int, ...] = ()
    fewest: int = 1
    most: int | None = None
    per_label: int = 0
    largest: int | None = None

    def suits(self, shape: tuple[int, int, int], labels: int, images: int) -> bool:
        """Return whether the model suits a data set.

        Args:
            shape: (C, H, W) of its images.
            labels: number of labels.
            images: number of images.
        """
        channels, height, width = shape
        return (
            (self.largest is None or channels * height * width <= self.largest)
            and (not self.edges or (height == width and height in self.edges))
            and self.fewest <= images <= (self.most or images)
            and (not self.per_label or (labels > 0 and images >= self.per_label * labels))
        )


@dataclass(frozen=True, slots=True)
class ModelSpec(Spec):
    """A model: its target is a subclass of :class:`artgan.Model`.

    Attributes:
        suits: the users' images for which it may be chosen if they don't name a model; None: it is never chosen.
        default: whether it is used when the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "model"
    title: ClassVar[str] = "model"
    hook: ClassVar[str] = "artgan_models"
    hint: ClassVar[str] = "`artgan models` lists them."

    suits: Suits | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class DatasetSpec(Spec):
    """A data set: its target is a subclass of :class:`artgan.Dataset`.

    Attributes:
        path_option: the option that takes a path, if the data set reads the user's own files; ``--data ./pictures``
            chooses a data set that has one.
        path_suffixes: suffixes of the files that it reads: ``(".zip",)``.
        path_holds: a file that marks the folders it reads. Data sets with neither read any folder; the first of them
            is chosen.
        default: whether it is used when the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "dataset"
    title: ClassVar[str] = "data set"
    hook: ClassVar[str] = "artgan_datasets"
    hint: ClassVar[str] = "`artgan datasets` lists them; a folder needs a path such as ./pictures."

    path_option: str | None = None
    path_suffixes: tuple[str, ...] = ()
    path_holds: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class LossSpec(Spec):
    """An adversarial loss: its target is a subclass of :class:`artgan.AdversarialLoss`.

    Attributes:
        default: whether it is used when the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "loss"
    title: ClassVar[str] = "loss"
    hook: ClassVar[str] = "artgan_losses"

    default: bool = False


@dataclass(frozen=True, slots=True)
class MetricSpec(Spec):
    """A metric of generated images: its target is a subclass of :class:`artgan.Metric`.

    Attributes:
        default: whether it is used when the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "metric"
    title: ClassVar[str] = "metric"
    hook: ClassVar[str] = "artgan_metrics"

    default: bool = False


@dataclass(frozen=True, slots=True)
class TrackerSpec(Spec):
    """A receiver of training events: its target is a subclass of :class:`artgan.Tracker`.

    Attributes:
        default: whether it is used without ``--track``, if its library is installed.
    """

    kind: ClassVar[str] = "tracker"
    title: ClassVar[str] = "tracker"
    hook: ClassVar[str] = "artgan_trackers"

    default: bool = False


@dataclass(frozen=True, slots=True)
class CuratorSpec(Spec):
    """A way to choose which images to exhibit: its target is a subclass of :class:`artgan.Curator`.

    Attributes:
        default: whether it is used when the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "curator"
    title: ClassVar[str] = "curator"
    hook: ClassVar[str] = "artgan_curators"

    default: bool = False


@dataclass(frozen=True, slots=True)
class CommandSpec(Spec):
    """A command: its target is a :class:`typer.Typer`, or a function that typer can turn into a command."""

    kind: ClassVar[str] = "command"
    title: ClassVar[str] = "command"
    hook: ClassVar[str] = "artgan_commands"
    hint: ClassVar[str] = "`artgan --help` lists them."
    wanted: ClassVar[str] = "a function, a typer.Typer or 'package.module:name'"

    def _can_be(self, target: Any) -> bool:
        return callable(target)


KINDS: tuple[type[Spec], ...] = (
    ModelSpec,
    DatasetSpec,
    LossSpec,
    MetricSpec,
    TrackerSpec,
    CuratorSpec,
    CommandSpec,
)

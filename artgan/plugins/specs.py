"""The small typed records that plugins yield: a name, a line about it, and where the class is.

They cost nothing to make or to read: a class given as ``"module:Class"`` is imported when it is first used, so that
listing plugins imports no torch.
"""

import re
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from importlib import import_module
from typing import Any, ClassVar

NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")

API = 1
"""The version of hooks, specs and contracts that this artgan has; it counts up when a plugin would have to change."""
OLDEST_API = 1
"""The oldest version that it still understands."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What specs of all kinds have in common.

    Attributes:
        name: what the user types; lower-case letters, digits, ``-``, ``_`` and ``.``.
        summary: one line, shown in listings.
        target: the class itself, or ``"package.module:Class"``.
        api: the version of the plugin API that it was written for; an artgan that has another one says so.

    Class attributes:
        kind: one word for programs.
        title: what people call it.
        hook: the hook that yields it.
        hint: where to look for names.
        wanted: what a target can be.

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
                f"{self.title} name {self.name!r} is malformed: use lower-case letters, digits, '-', '_' and '.'"
            )
        if not isinstance(self.summary, str) or not self.summary.strip() or "\n" in self.summary:
            raise ValueError(f"{self.title} '{self.name}' needs a summary of one line, got {self.summary!r}")
        if isinstance(self.target, str):
            module, _, attribute = self.target.partition(":")
            if not module or not attribute:
                raise ValueError(
                    f"{self.title} '{self.name}': target {self.target!r} should read 'package.module:Class'"
                )
        elif not self._can_be(self.target):
            raise ValueError(f"{self.title} '{self.name}': target should be {self.wanted}")
        if type(self.api) is not int or self.api < 1:
            raise ValueError(f"{self.title} '{self.name}': api should be a number such as {API}, got {self.api!r}")

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
    """Which images a model suits, for who hasn't chosen one: of all models that suit, the one that does best is taken.

    Attributes:
        score: how well, in (0, 1]; 0.5: it will do.
        why: in a few words, after the model's name; ``{images}``, ``{labels}`` and ``{size}`` are filled in.
        edges: heights and widths that it makes, squares only; empty: any shape.
        fewest, most: how many images it needs, and with how many others do better; None: no limit.
        per_label: how many images it needs of a label, on average; 0: it needs no labels.
        largest: how many numbers (channels x height x width) an image may have; None: no limit.
    """

    score: float
    why: str
    edges: tuple[int, ...] = ()
    fewest: int = 1
    most: int | None = None
    per_label: int = 0
    largest: int | None = None

    def suits(self, shape: tuple[int, int, int], labels: int, images: int) -> bool:
        """Whether so many images of that shape (C, H, W), of so many labels, are among them."""
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
        suits: which images of the user's own it may be taken for if they name no model; None: only by its name.
        default: whether it is used if the user names none; if several are marked, artgan's own wins.
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
            means a data set that has one.
        path_suffixes: ends of the names of files that it reads: ``(".zip",)``.
        path_holds: a file by which a folder is known to be for it. Data sets with neither read any folder; the first of
            these does.
        default: whether it is used if the user names none; if several are marked, artgan's own wins.
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
    """A game's loss: its target is a subclass of :class:`artgan.AdversarialLoss`.

    Attributes:
        default: whether it is used if the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "loss"
    title: ClassVar[str] = "loss"
    hook: ClassVar[str] = "artgan_losses"

    default: bool = False


@dataclass(frozen=True, slots=True)
class MetricSpec(Spec):
    """A measure of generated images: its target is a subclass of :class:`artgan.Metric`.

    Attributes:
        default: whether it is used if the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "metric"
    title: ClassVar[str] = "metric"
    hook: ClassVar[str] = "artgan_metrics"

    default: bool = False


@dataclass(frozen=True, slots=True)
class TrackerSpec(Spec):
    """Somebody who is told how trainings go: its target is a subclass of :class:`artgan.Tracker`.

    Attributes:
        default: whether it listens when ``--track`` isn't given, if its library is installed.
    """

    kind: ClassVar[str] = "tracker"
    title: ClassVar[str] = "tracker"
    hook: ClassVar[str] = "artgan_trackers"

    default: bool = False


@dataclass(frozen=True, slots=True)
class CuratorSpec(Spec):
    """Somebody who chooses what is exhibited: its target is a subclass of :class:`artgan.Curator`.

    Attributes:
        default: whether it is used if the user names none; if several are marked, artgan's own wins.
    """

    kind: ClassVar[str] = "curator"
    title: ClassVar[str] = "curator"
    hook: ClassVar[str] = "artgan_curators"

    default: bool = False


@dataclass(frozen=True, slots=True)
class CommandSpec(Spec):
    """A command of the program: its target is a :class:`typer.Typer` or a function that typer can make a command of."""

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

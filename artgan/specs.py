"""The small typed records that plugins yield: a name, a line about it, and where the class is.

They cost nothing to make or to read: a class given as ``"module:Class"`` is imported when it is first used, so that
listing plugins imports no torch.
"""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Spec:
    """What models and data sets have in common.

    Attributes:
        name: what the user types; lower-case letters, digits, ``-``, ``_`` and ``.``.
        summary: one line, shown in listings.
        target: the class itself, or ``"package.module:Class"``.

    Raises:
        ValueError: if a field is malformed.
    """

    kind: ClassVar[str] = "plugin"

    name: str
    summary: str
    target: str | type

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.kind} name {self.name!r} is malformed: use lower-case letters, digits, '-', '_' and '.'"
            )
        if not isinstance(self.summary, str) or not self.summary.strip() or "\n" in self.summary:
            raise ValueError(f"{self.kind} '{self.name}' needs a summary of one line, got {self.summary!r}")
        if isinstance(self.target, str):
            module, _, attribute = self.target.partition(":")
            if not module or not attribute:
                raise ValueError(
                    f"{self.kind} '{self.name}': target {self.target!r} should read 'package.module:Class'"
                )
        elif not isinstance(self.target, type):
            raise ValueError(f"{self.kind} '{self.name}': target should be a class or 'package.module:Class'")

    def load(self) -> type:
        """Import and return the class. Raises whatever the import raises."""
        if isinstance(self.target, type):
            return self.target
        module, _, attribute = self.target.partition(":")
        found: type = getattr(import_module(module), attribute)
        return found


@dataclass(frozen=True, slots=True)
class ModelSpec(Spec):
    """A model: its target is a subclass of :class:`artgan.Model`."""

    kind: ClassVar[str] = "model"


@dataclass(frozen=True, slots=True)
class DatasetSpec(Spec):
    """A data set: its target is a subclass of :class:`artgan.Dataset`.

    Attributes:
        path_option: the option that takes a path, if the data set reads the user's own files; the first data set that
            has one is what ``--data ./pictures`` means.
    """

    kind: ClassVar[str] = "dataset"

    path_option: str | None = None

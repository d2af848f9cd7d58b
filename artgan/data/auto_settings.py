"""What was decided for the user, and why; shown before a training starts and kept in its record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AutoSetting:
    """An option that the user left open.

    Attributes:
        flag: how to say it on the command line: ``"--size"``, ``"--data-option"``, ``"-o"``.
        name: the option's name.
        value: what was chosen; ``"true"`` or ``"false"`` for a flag that takes none.
        why: in a few words.
    """

    flag: str
    name: str
    value: str
    why: str

    @property
    def text(self) -> str:
        """What the user would have typed: ``"--size 32"``, ``"--data-option fit=pad"``."""
        if self.flag in ("-o", "--data-option"):
            return f"{self.flag} {self.name}={self.value}"
        return self.flag if self.value in ("true", "false") else f"{self.flag} {self.value}"

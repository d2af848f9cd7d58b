"""Settings that artgan chose for the user, and why; shown before a run starts and kept in its record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AutoSetting:
    """An option that the user left open, and the value that was chosen for it.

    Attributes:
        flag: the flag on the command line: ``"--size"``, ``"--data-option"``, ``"-o"``.
        name: the option's name.
        value: the chosen value; ``"true"`` or ``"false"`` for a flag without one.
        why: the reason, in a few words.
    """

    flag: str
    name: str
    value: str
    why: str

    @property
    def text(self) -> str:
        """The setting as the user would have typed it: ``"--size 32"``, ``"--data-option fit=pad"``."""
        if self.flag in ("-o", "--data-option"):
            return f"{self.flag} {self.name}={self.value}"
        return self.flag if self.value in ("true", "false") else f"{self.flag} {self.value}"

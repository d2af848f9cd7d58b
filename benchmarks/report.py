"""Results of benchmarks, as Markdown for people and JSON for programs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measure import Ratio


@dataclass(frozen=True, slots=True)
class Target:
    """A target, and the value that was reached."""

    what: str
    reached: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """True if the value is within bounds."""
        low = self.at_least is None or self.reached >= self.at_least
        return low and (self.at_most is None or self.reached <= self.at_most)

    @property
    def wanted(self) -> str:
        """The bounds, for people."""
        bounds = [("≥", self.at_least), ("≤", self.at_most)]
        return ", ".join(f"{sign} {number(bound)}{self._unit}" for sign, bound in bounds if bound is not None)

    @property
    def found(self) -> str:
        """The value, for people."""
        return f"{number(self.reached)}{self._unit}"

    @property
    def _unit(self) -> str:
        return self.unit if self.unit in ("", "x", "%") else f" {self.unit}"


@dataclass(slots=True)
class Result:
    """The result of a benchmark.

    Attributes:
        title: what was measured.
        how: repetitions, warm-up and everything else that the results depend on.
        rows: rows of the table, dicts by column with the same keys.
        targets: the project's targets that this measures.
        raw: all individual measurements.
        skipped: why it was skipped; None if it ran.
    """

    title: str
    how: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    skipped: str | None = None

    def markdown(self) -> str:
        """Return a section with a table."""
        parts = [f"## {self.title}", self.how]
        if self.skipped:
            parts.append(f"Skipped: {self.skipped}")
        if self.rows:
            parts.append(table(self.rows))
        return "\n\n".join(parts) + "\n"

    def plain(self) -> dict[str, Any]:
        """Return the result as a dict, for JSON."""
        targets = [{**asdict(target), "met": target.met} for target in self.targets]
        rows = [
            {key: asdict(value) if isinstance(value, Ratio) else value for key, value in r.items()} for r in self.rows
        ]
        return {
            "title": self.title,
            "how": self.how,
            "rows": rows,
            "targets": targets,
            "raw": self.raw,
            "skipped": self.skipped,
        }


def summary(targets: Iterable[Target], smoke: bool) -> str:
    """Return a table of all targets and the values reached."""
    rows = [
        {"target": t.what, "wanted": t.wanted, "reached": t.found, "met": "yes" if t.met else "no"} for t in targets
    ]
    note = "\n\nSmoke mode: the results mean nothing.\n" if smoke else "\n"
    return f"## Targets\n\n{table(rows)}{note}" if rows else ""


def table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table with numbers aligned to the right."""
    columns = list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    numeric = [all(isinstance(row[column], (int, float, type(None))) for row in rows) for column in columns]
    widths = [max(len(column), 3, *(len(line[i]) for line in cells)) for i, column in enumerate(columns)]
    pads = [str.rjust if right else str.ljust for right in numeric]

    def line(values: list[str]) -> str:
        return "| " + " | ".join(p(v, w) for p, v, w in zip(pads, values, widths, strict=True)) + " |"

    rule = [("-" * (w - 1) + ":") if right else "-" * w for w, right in zip(widths, numeric, strict=True)]
    return "\n".join([line(columns), line(rule), *(line(values) for values in cells)])


def number(value: float) -> str:
    """Format a number with about three significant digits."""
    size = abs(value)
    if value == int(value) or size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 100 else f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)

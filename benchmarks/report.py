"""What benchmarks return, as markdown for people and as JSON for programs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measure import Ratio


@dataclass(frozen=True, slots=True)
class Target:
    """What must be true, and what is."""

    what: str
    reached: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure is in bounds."""
        low = self.at_least is None or self.reached >= self.at_least
        return low and (self.at_most is None or self.reached <= self.at_most)

    @property
    def wanted(self) -> str:
        """The bound, for people."""
        bounds = [("≥", self.at_least), ("≤", self.at_most)]
        return ", ".join(f"{sign} {number(bound)}{self._unit}" for sign, bound in bounds if bound is not None)

    @property
    def found(self) -> str:
        """The figure, for people."""
        return f"{number(self.reached)}{self._unit}"

    @property
    def _unit(self) -> str:
        return self.unit if self.unit in ("", "x", "%") else f" {self.unit}"


@dataclass(slots=True)
class Result:
    """What a benchmark found.

    Attributes:
        title: what was measured.
        how: repetitions, warm-up and whatever else the figures hang on.
        rows: of the table; each a dict by column, all with the same keys.
        targets: which of the project's targets this measures.
        raw: every single measurement.
        skipped: why there is nothing, if so.
    """

    title: str
    how: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    skipped: str | None = None

    def markdown(self) -> str:
        """A section with a table."""
        parts = [f"## {self.title}", self.how]
        if self.skipped:
            parts.append(f"Skipped: {self.skipped}")
        if self.rows:
            parts.append(table(self.rows))
        return "\n\n".join(parts) + "\n"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
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
    """All targets beside what was reached."""
    rows = [
        {"target": t.what, "wanted": t.wanted, "reached": t.found, "met": "yes" if t.met else "no"} for t in targets
    ]
    note = "\n\nSmoke mode: the figures mean nothing.\n" if smoke else "\n"
    return f"## Targets\n\n{table(rows)}{note}" if rows else ""


def table(rows: list[dict[str, Any]]) -> str:
    """A markdown table; figures to the right."""
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
    """Three figures or so."""
    size = abs(value)
    if value == int(value) or size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 100 else f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)

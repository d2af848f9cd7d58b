"""What the examples of the seven kinds are called and do, and how they are used once installed."""

from dataclasses import dataclass

from artgan.plugins import specs


@dataclass(frozen=True, slots=True)
class Example:
    """The example of one kind.

    Attributes:
        spec: its spec's class, which knows the kind's name, title and hook.
        summary: what the example is, one line.
        use: commands that use it, with ``{name}`` in place of its name; the first is shown as what to try.
        about: a paragraph for the README.
    """

    spec: type[specs.Spec]
    summary: str
    use: tuple[str, ...]
    about: str

    @property
    def kind(self) -> str:
        """``model``, ``dataset``, …; also the name of the example's module."""
        return self.spec.kind


_EXAMPLES = (
    Example(
        specs.ModelSpec,
        "Two small convolutional networks",
        ("artgan train --model {name}", "artgan gallery --n 64"),
        "Pictures of any size whose sides are multiples of 4. `artgan models {name}` shows its options.",
    ),
    Example(
        specs.DatasetSpec,
        "Rings on water, 32x32 grey; no download",
        ("artgan train --data {name}", "artgan datasets {name}"),
        "The pictures are drawn by code, in any size (`--size`), with two labels.",
    ),
    Example(
        specs.LossSpec,
        "The non-saturating game with smoothed labels",
        ("artgan train --loss {name}",),
        "Any model with a `loss` option can be trained with it.",
    ),
    Example(
        specs.MetricSpec,
        "How far the brightness of generated images is from real ones",
        ("artgan evaluate --metrics {name}",),
        "A number in grey levels of 255; 0 is best.",
    ),
    Example(
        specs.TrackerSpec,
        "Losses as a table that spreadsheets read",
        ("artgan train --track {name}",),
        "It writes `{name}.csv` into the run's folder: step, name, value.",
    ),
    Example(
        specs.CuratorSpec,
        "Pictures that are unlike each other",
        ("artgan gallery --curate --curator {name}",),
        "It takes no notice of scores: variety alone counts.",
    ),
    Example(
        specs.CommandSpec,
        "Say how far every run has come",
        ("artgan {name}", "artgan {name} --help"),
        "The longest run comes first.",
    ),
)

EXAMPLES = {example.kind: example for example in _EXAMPLES}

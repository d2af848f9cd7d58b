"""The examples of all seven kinds: what they do, and how to use them once installed."""

from dataclasses import dataclass

from artgan.plugins import specs


@dataclass(frozen=True, slots=True)
class Example:
    """The example of one kind.

    Attributes:
        spec: the spec's class, which has the kind's name, title and hook.
        summary: a one-line description of the example.
        use: commands that use it, with ``{name}`` for its name; the first is suggested to the user.
        about: a paragraph for the README.
    """

    spec: type[specs.Spec]
    summary: str
    use: tuple[str, ...]
    about: str

    @property
    def kind(self) -> str:
        """The kind, ``model``, ``dataset``, …, which is also the name of the example's module."""
        return self.spec.kind


_EXAMPLES = (
    Example(
        specs.ModelSpec,
        "Two small convolutional networks",
        ("artgan train --model {name}", "artgan gallery --n 64"),
        "It makes images of any size that is a multiple of 4. `artgan models {name}` shows its options.",
    ),
    Example(
        specs.DatasetSpec,
        "Rings on water, 32x32 grey; no download",
        ("artgan train --data {name}", "artgan datasets {name}"),
        "The images are drawn by code, in any size (`--size`), with two labels.",
    ),
    Example(
        specs.LossSpec,
        "The non-saturating loss with smoothed labels",
        ("artgan train --loss {name}",),
        "It works with any model that has a `loss` option.",
    ),
    Example(
        specs.MetricSpec,
        "Distance between the brightness of generated and real images",
        ("artgan evaluate --metrics {name}",),
        "It is measured in grey levels from 0 to 255; 0 is best.",
    ),
    Example(
        specs.TrackerSpec,
        "Writes losses to a CSV file",
        ("artgan train --track {name}",),
        "It writes `{name}.csv` into the run's folder, with the columns step, name and value.",
    ),
    Example(
        specs.CuratorSpec,
        "Images that look as different as possible",
        ("artgan gallery --curate --curator {name}",),
        "It ignores scores and only looks for variety.",
    ),
    Example(
        specs.CommandSpec,
        "Show how many steps each run has trained",
        ("artgan {name}", "artgan {name} --help"),
        "It lists the longest run first.",
    ),
)

EXAMPLES = {example.kind: example for example in _EXAMPLES}

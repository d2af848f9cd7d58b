"""Fine-tuning: a new run's networks begin with another run's weights, wherever names and shapes agree."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from artgan import build
from artgan.config import TrainConfig
from artgan.errors import UserError
from artgan.models.augment import Augment
from artgan.models.model import Model
from artgan.runs import checksum
from artgan.runs.checkpoint_file import load_networks, load_progress
from artgan.runs.entries import ParentRecord, TakenRecord
from artgan.runs.folder import RunFolder

# Names of what was left that a sentence gives; the record has all.
MOST_NAMES = 3

Taken = dict[str, TakenRecord]
"""What was taken, by network."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A checkpoint of another run, to begin from.

    Attributes:
        run: whose.
        step: after how many steps it was written.
        digest: its SHA-256, as its seal has it.
        networks, average: tensors by name, as trained and as averaged.
    """

    run: RunFolder
    step: int
    digest: str
    networks: dict[str, Tensor]
    average: dict[str, Tensor]

    @classmethod
    def open(cls, run: RunFolder, which: "str | int | Path | None" = None) -> "Parent":
        """Read a checkpoint of ``run``: the last if ``which`` is None.

        Raises:
            UserError: if there is none such.
            ArtganError: if it is damaged, or of a newer version.
        """
        path = run.checkpoint(which)
        networks, average = load_networks(path)
        return cls(run, load_progress(path).step, checksum.digest(path), networks, average)

    def entry(self, taken: Taken | None = None, weight: float | None = None) -> ParentRecord:
        """What a run's record keeps of a parent."""
        return ParentRecord(run=self.run.name, step=self.step, sha256=self.digest, taken=taken, weight=weight)

    def give(self, model: Model) -> Taken:
        """Put its weights into ``model`` wherever names and shapes agree, and say what was taken.

        The strength of adaptive augmentation stays as it is: it belongs to the images.

        Raises:
            UserError: if no weight matrix or kernel agrees; it says what both are.
        """
        agreeing = _agreeing(self.networks, model)
        model.load_state_dict(agreeing, strict=False)
        taken: Taken = {}
        for network in build.parameter_counts(model):
            names = [name for name, _ in getattr(model, network).named_parameters()]
            left = [name for name in names if f"{network}.{name}" not in agreeing]
            taken[network] = TakenRecord(taken=len(names) - len(left), of=len(names), left=tuple(left))
        # A bias of the same length alone is chance.
        if not any(tensor.dim() > 1 for tensor in agreeing.values()):
            raise UserError(self._why_nothing(model))
        return taken

    def give_average(self, average: Model) -> None:
        """The same for the moving average, of which a parent has a better copy than the networks."""
        average.load_state_dict(_agreeing({**self.networks, **self.average}, average), strict=False)

    def _why_nothing(self, model: Model) -> str:
        theirs, ours = _plain(self.networks), _plain(model.state_dict())
        both = [name for name in ours if name in theirs and ours[name].dim() > 1]
        reason = "none of its layers has a name that the new networks have"
        if both:
            shapes = [" x ".join(map(str, one[both[0]].shape)) for one in (theirs, ours)]
            reason = f"names agree and no shape does: {both[0]} is {shapes[0]} there and {shapes[1]} here"
        return (
            f"Nothing of {self.run.name} ({self.run.details.config.model}) fits the new networks: {reason}. "
            "Leave --model out, and -o as far as it changes widths, to take those of the run."
        )


def parent_of(config: TrainConfig) -> Parent | None:
    """The run that ``config`` says to begin from, if any. Raises as :meth:`Parent.open`."""
    if config.from_run is None:
        return None
    return Parent.open(RunFolder(Path(config.from_run)), config.from_checkpoint)


def begin(model: Model, parent: Parent | None) -> list[ParentRecord]:
    """Have ``model`` begin with what ``parent`` has learnt or, without one, with what it takes by itself.

    Returns:
        What the run's record keeps of its parents.

    Raises:
        UserError: as :meth:`Parent.give`, or if a run that the model is made of is gone.
        ArtganError: if a checkpoint is damaged.
    """
    if parent is not None:
        return [parent.entry(taken=parent.give(model))]
    runs = [(source.run, source.checkpoint) for source in model.begin()]
    return [Parent.open(run, checkpoint).entry() for run, checkpoint in runs if run is not None]


def told(model: Model, parent: Parent | None, parents: list[ParentRecord]) -> list[str]:
    """What a user should know of how a run with these ``parents`` begins, in sentences."""
    if parent is None:
        names = " and ".join(f"{entry.run} after step {entry.step:,}" for entry in parents)
        return [f"It begins with the weights of {names}."]
    taken = dict(parents[0].taken or {})
    return [text for text in (_sentence(parent, taken), _frozen_and_new(model, taken)) if text]


def _sentence(parent: Parent, taken: Taken) -> str:
    """What was taken, and what was left."""
    parts = []
    for network, found in taken.items():
        count, whole, left = found.taken, found.of, list(found.left)
        part = f"{f'all {whole}' if count == whole else f'{count} of {whole}'} tensors of the {network}"
        parts.append(f"{part} (not {_list(left)})" if 0 < len(left) < whole else part)
    return f"It begins with the weights of {parent.run.name} after step {parent.step:,}: {', '.join(parts)}."


def _frozen_and_new(model: Model, taken: Taken) -> str:
    """A warning if parameters that won't learn were not taken either; empty if there are none such."""
    fixed = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    names = [f"{net}.{name}" for net, found in taken.items() for name in found.left if f"{net}.{name}" in fixed]
    return f"Not taken and frozen, so as they are at random: {_list(names)}. Freeze fewer layers." if names else ""


def _list(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _agreeing(theirs: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Those of ``theirs`` that fit the parts of ``model``, under the names they have there."""
    known = _plain(theirs)
    networks = {name for name, child in model.named_children() if not isinstance(child, Augment)}
    found = {}
    for name, tensor in model.state_dict().items():
        plain = _plain_name(name)
        if name.partition(".")[0] in networks and plain in known and known[plain].shape == tensor.shape:
            found[name] = known[plain]
    return found


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {_plain_name(name): tensor for name, tensor in tensors.items()}


def _plain_name(name: str) -> str:
    """A weight's name whether or not it is normalised: ``0.parametrizations.weight.original`` is ``0.weight``."""
    if ".parametrizations." in name and name.endswith(".original"):
        return name.replace(".parametrizations.", ".").removesuffix(".original")
    return name

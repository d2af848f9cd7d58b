"""Fine-tuning: a new run's networks start from another run's weights wherever names and shapes match."""

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

# Names that a sentence lists of what was left; the record has all.
MOST_NAMES = 3

Taken = dict[str, TakenRecord]
"""By network, how many of its learnt tensors were copied."""


@dataclass(frozen=True, slots=True)
class ParentCheckpoint:
    """A checkpoint of another run, to start from.

    Attributes:
        run: the run.
        step: after how many steps it was written.
        digest: its SHA-256 checksum.
        networks, average: tensors by name, as trained and as averaged.
    """

    run: RunFolder
    step: int
    digest: str
    networks: dict[str, Tensor]
    average: dict[str, Tensor]

    @classmethod
    def open(cls, run: RunFolder, which: "str | int | Path | None" = None) -> "ParentCheckpoint":
        """Read a checkpoint of ``run``: the last if ``which`` is None.

        Raises:
            UserError: if there is no such checkpoint.
            ArtganError: if it is damaged, or was written by a newer version.
        """
        path = run.checkpoint(which)
        networks, average = load_networks(path)
        return cls(run, load_progress(path).step, checksum.digest(path), networks, average)

    def entry(self, taken: Taken | None = None, weight: float | None = None) -> ParentRecord:
        """Return what a run's record keeps of a parent."""
        return ParentRecord(run=self.run.name, step=self.step, sha256=self.digest, taken=taken, weight=weight)

    def copy_weights_to(self, model: Model) -> Taken:
        """Copy the weights to ``model`` wherever names and shapes match, and return what was copied.

        The strength of adaptive augmentation isn't copied: it belongs to the images.

        Raises:
            UserError: if no weight matrix or kernel matches; the message says what both are.
        """
        matching = _matching(self.networks, model)
        model.load_state_dict(matching, strict=False)
        taken: Taken = {}
        for network in build.parameter_counts(model):
            names = [name for name, _ in getattr(model, network).named_parameters()]
            left = [name for name in names if f"{network}.{name}" not in matching]
            taken[network] = TakenRecord(taken=len(names) - len(left), of=len(names), left=tuple(left))
        # A bias of the same length alone is a coincidence.
        if not any(tensor.dim() > 1 for tensor in matching.values()):
            raise UserError(self._why_nothing(model))
        return taken

    def copy_average_to(self, average: Model) -> None:
        """Copy the moving average, which is better than the networks themselves, to that of a new training."""
        average.load_state_dict(_matching({**self.networks, **self.average}, average), strict=False)

    def _why_nothing(self, model: Model) -> str:
        theirs, ours = _plain(self.networks), _plain(model.state_dict())
        both = [name for name in ours if name in theirs and ours[name].dim() > 1]
        reason = "no layer of its networks has the name of one of theirs"
        if both:
            shapes = [" x ".join(map(str, one[both[0]].shape)) for one in (theirs, ours)]
            reason = f"names match but no shape does: {both[0]} is {shapes[0]} there and {shapes[1]} here"
        return (
            f"Nothing of {self.run.name} ({self.run.details.config.model}) fits the new networks: {reason}. "
            "Leave out --model, and any -o that changes widths, to use the run's own."
        )


def open_parent(config: TrainConfig) -> ParentCheckpoint | None:
    """Open the checkpoint that ``config`` says to start from, if any. Raises as :meth:`ParentCheckpoint.open`."""
    if config.from_run is None:
        return None
    return ParentCheckpoint.open(RunFolder(Path(config.from_run)), config.from_checkpoint)


def inherit_weights(model: Model, parent: ParentCheckpoint | None) -> list[ParentRecord]:
    """Start ``model`` from the weights of ``parent`` or, without one, from those that it takes by itself.

    Returns:
        What the run's record keeps of its parents.

    Raises:
        UserError: as :meth:`ParentCheckpoint.copy_weights_to`, or if a run that the model is built from is gone.
        ArtganError: if a checkpoint is damaged.
    """
    if parent is not None:
        return [parent.entry(taken=parent.copy_weights_to(model))]
    runs = [(source.run, source.checkpoint) for source in model.begin()]
    return [ParentCheckpoint.open(run, checkpoint).entry() for run, checkpoint in runs if run is not None]


def describe(model: Model, parent: ParentCheckpoint | None, parents: list[ParentRecord]) -> list[str]:
    """Return what a user should know about how a run with these ``parents`` starts, in sentences."""
    if not parents:
        return []
    if parent is None:
        names = " and ".join(f"{entry.run} after step {entry.step:,}" for entry in parents)
        return [f"Starting from the weights of {names}."]
    taken = dict(parents[0].taken or {})
    return [text for text in (_sentence(parent, taken), _frozen_and_new(model, taken)) if text]


def _sentence(parent: ParentCheckpoint, taken: Taken) -> str:
    """Say what was copied and what wasn't."""
    parts = []
    for network, found in taken.items():
        count, whole, left = found.taken, found.of, list(found.left)
        part = f"{f'all {whole}' if count == whole else f'{count} of {whole}'} tensors of the {network}"
        parts.append(f"{part} (not {_list(left)})" if 0 < len(left) < whole else part)
    return f"Starting from the weights of {parent.run.name} after step {parent.step:,}: {', '.join(parts)}."


def _frozen_and_new(model: Model, taken: Taken) -> str:
    """Return a warning if parameters are frozen that weren't copied; empty if there are none."""
    fixed = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    names = [f"{net}.{name}" for net, found in taken.items() for name in found.left if f"{net}.{name}" in fixed]
    if not names:
        return ""
    return f"Frozen but not copied, so they keep their random weights: {_list(names)}. Freeze fewer layers."


def _list(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _matching(theirs: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Return those of ``theirs`` that fit the parts of ``model``, under the names they have there."""
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
    """Return a weight's name without parametrisation: ``0.parametrizations.weight.original`` becomes ``0.weight``."""
    if ".parametrizations." in name and name.endswith(".original"):
        return name.replace(".parametrizations.", ".").removesuffix(".original")
    return name

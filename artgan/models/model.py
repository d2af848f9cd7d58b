"""The core contract of a model: networks, phases, optimisers and averages. The trainer knows nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import torch
from torch import Tensor, nn

from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.models.capturable import Capturable
from artgan.plugins.options import Options

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder


Loss = Callable[[Batch], dict[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a training step: which networks it updates, with which loss, and how often.

    Attributes:
        name: ``"discriminator"``, ``"r1"``, …; the loss is shown and logged under this name.
        networks: attribute names of the networks whose parameters the phase updates; all other parameters are frozen
            meanwhile.
        loss: called with a :class:`Batch`; returns a dict whose entry ``"loss"`` is the scalar to minimise. Other
            entries (tensors of any shape, of which the mean is taken) are shown and logged under their own names.
        interval: the phase runs in every ``interval``-th step.
        second_order: whether the loss contains gradients of the networks, as gradient penalties do. ``torch.compile``
            can't back-propagate through those, so with ``--compile`` such a phase runs uncompiled.
    """

    name: str
    networks: tuple[str, ...]
    loss: Loss
    interval: int = 1
    second_order: bool = False


class ParentRef(Protocol):
    """A finished run that a model took weights from, such as a :class:`artgan.ModelSource`.

    Attributes:
        run: the run; None if the weights are new.
        checkpoint: which of its checkpoints, a step or a file; None: the last.
    """

    @property
    def run(self) -> "RunFolder | None":
        """The run; None if the weights are new."""

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint: a step or a file; None: the last."""


class Model(Capturable, nn.Module, ABC):
    """A generative model, as training knows it: networks, phases, optimisers and averages.

    This is the core contract. It says nothing of what images are made from: plugins subclass a contract that does, such
    as :class:`artgan.LatentModel` (which plugin API 1 calls ``artgan.Model``), or :class:`artgan.GAN` for one generator
    against one discriminator, and name their class in a :class:`artgan.ModelSpec`.

    ``__init__`` gets the validated options and the :class:`artgan.ImageInfo` of the data, and assigns the networks as
    attributes. It must raise :class:`artgan.UserError` if the model can't be built for them.

    Class attributes:
        Options: the typed options, set with ``-o key=value``.
        paper: authors, year, title, and where to read it; shown by ``artgan models NAME``.
        conditional: whether labels are asked for when sampling.
        averaged: names of the networks that have a moving average, which is used for sampling.
        default_steps: the training budget, in steps, if the user gives none.
        default_batch_size: real images per step.
        capturable: opt-in for CUDA graphs: a GPU records a step once and replays it, which is several times as fast for
            small networks; see :meth:`variant` for what this promises. Not inherited: a subclass may work differently,
            so it must opt in itself.

    Attributes:
        gradients_are_scaled: whether the trainer scales each optimiser's gradients separately (``16-mixed``), so that
            no two networks should learn from one backward pass; set before :meth:`phases` is called.
    """

    Options: ClassVar[type[Options]] = Options
    paper: ClassVar[str] = ""
    conditional: ClassVar[bool] = False
    averaged: ClassVar[tuple[str, ...]] = ("generator",)
    default_steps: ClassVar[int] = 5000
    default_batch_size: ClassVar[int] = 64
    gradients_are_scaled = False

    def __init__(self, options: Any, data: ImageInfo) -> None:
        super().__init__()
        self.options = options
        self.data = data

    @classmethod
    def build(cls, options: Any, data: ImageInfo) -> Self:
        """Build a complete model: ``__init__``, then :meth:`built`. The framework makes all models this way."""
        model = cls(options, data)
        if getattr(model, "options", None) is None:
            raise TypeError(f"{cls.__name__}.__init__ must begin with super().__init__(options, data).")
        model.built()
        return model

    def built(self) -> None:
        """Check that the networks fit the options, or change them. Called once, when all networks exist.

        Raises:
            UserError: if options contradict each other.
        """

    def begin(self) -> "Iterable[ParentRef]":
        """Take weights from finished runs. Called once, before the first step of a new training.

        Not called when a run is resumed, sampled from, or started from another run's weights (``--from``): everything
        is in the checkpoint then.

        Returns:
            The runs that weights were taken from; the run's record lists them as parents.
        """
        return ()

    def notices(self, from_scratch: bool) -> Iterable[str]:
        """Return what the user should know about these options; called once before the first step of a new run.

        Args:
            from_scratch: whether no weights come from another run.

        Returns:
            Sentences, each shown as a notice.
        """
        return ()

    @abstractmethod
    def phases(self) -> Iterable[Phase]:
        """Return the phases of a step, in the order in which they run. Called once, before training."""

    @abstractmethod
    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimiser for ``parameters``, those of the network of that name. Called once per network.

        All phases that update the network share it.
        """

    def before_step(self, batch: Batch) -> None:
        """Set what depends on the progress of the training (``batch.fraction``). Called before each step's phases.

        If the model is :attr:`capturable`, the phases must read such values from a tensor that is written in place.
        """

    def variant(self, batch: Batch) -> Hashable | None:
        """Return what a step's work depends on besides tensors; steps of equal variants do the same work.

        Called if the model is :attr:`capturable`: a GPU then records one step for each variant (with the phases that
        are due) and replays it. Apart from this value, phases may therefore depend only on parameters and buffers, on
        the batch's images, labels and ``latents()``, and on random numbers drawn on the device; and they must never
        wait for the device (``.item()``, ``bool(tensor)``). Return None for a step that must not be recorded.
        """
        return 0

    def average_decay(self, images: int) -> float:
        """Return how much of the moving average remains after ``images`` more real images, in [0, 1)."""
        half_life = 10_000
        return float(0.5 ** (images / half_life))

    @property
    def average_rampup(self) -> float:
        """Limit of the average's half-life, as a share of the images shown so far; 0: no limit."""
        return 0.05

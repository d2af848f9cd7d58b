"""The contract of a model: its networks, its phases, and how it samples. The trainer knows nothing else."""

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
    """One part of a training step: which networks it updates, by which loss, how often.

    Attributes:
        name: ``"discriminator"``, ``"r1"``, …; the loss is shown and logged under it.
        networks: attribute names of the model's networks whose parameters it updates; all other parameters are
            frozen meanwhile.
        loss: called with a :class:`Batch`; returns a dict whose entry ``"loss"`` is the scalar to minimise. Other
            entries (tensors of any shape; their mean is taken) are shown and logged under their own names.
        interval: the phase runs in every ``interval``-th step.
        second_order: whether the loss holds gradients of the networks, as gradient penalties do. ``torch.compile``
            can't back-propagate through those: with ``--compile``, such a phase runs as it is.
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
        checkpoint: which of its checkpoints: a step or a file; the last if None.
    """

    @property
    def run(self) -> "RunFolder | None": ...

    @property
    def checkpoint(self) -> str | None: ...


class Model(Capturable, nn.Module, ABC):
    """A generative model. Subclass it (or, for one generator against one discriminator, :class:`artgan.GAN`),
    and name the subclass in a :class:`artgan.ModelSpec`.

    ``__init__`` gets the validated options and the :class:`artgan.ImageInfo` of the data, and assigns the networks as
    attributes. It must raise :class:`artgan.UserError` if it can't be built for them.

    Class attributes:
        Options: the typed options, set with ``-o key=value``.
        paper: authors, year, title, and where to read it; shown by ``artgan models NAME``.
        conditional: whether labels are asked for when sampling.
        averaged: names of the networks of which a moving average is kept; the average is what samples.
        default_steps: the training budget if the user gives none.
        default_batch_size: real images a step.
        capturable: whether a GPU may record a step once and replay it as a CUDA graph, which is several times as fast
            for small networks; see :meth:`variant` for what that promises. It isn't inherited: a subclass may do
            something else, and says so for itself.

    Attributes:
        gradients_are_scaled: whether the trainer scales each optimiser's gradients by itself (``16-mixed``), so that no
            two networks should learn from one backward pass; known when :meth:`phases` is called.
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
        """A model, whole: ``__init__``, then :meth:`built`. This is how the framework makes one."""
        model = cls(options, data)
        if getattr(model, "options", None) is None:
            raise TypeError(f"{cls.__name__}.__init__ must begin with super().__init__(options, data).")
        model.built()
        return model

    def built(self) -> None:
        """Called once when all networks are there: to check that they fit the options, or to change them.

        Raises:
            UserError: if options make no sense together.
        """

    def begin(self) -> "Iterable[ParentRef]":
        """Called once before the first step of a new training: the place to take weights from finished runs.

        Not called when a run is resumed, sampled from, or begins with another's weights (``--from``): a checkpoint
        holds all.

        Returns:
            The runs that weights were taken from; the record names them as parents.
        """
        return ()

    def notices(self, from_scratch: bool) -> Iterable[str]:
        """Called once before the first step of a new training: what the user should know about these options.

        Args:
            from_scratch: whether no weights come from another run.

        Returns:
            Sentences, each shown as a notice.
        """
        return ()

    @abstractmethod
    def phases(self) -> Iterable[Phase]:
        """The phases of a step, in the order in which they run. Called once, before training."""

    @abstractmethod
    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimiser of ``parameters``, which are those of the network of that name. Called once a network.

        All phases that update the network use it.
        """

    def before_step(self, batch: Batch) -> None:
        """Called before the phases of every step: the place for what is set from outside (``batch.fraction``).

        What later steps read of it must be in a tensor, written in place, if the model is :attr:`capturable`.
        """

    def variant(self, batch: Batch) -> Hashable | None:
        """What a step's work depends on besides tensors; steps of equal variants do the same, on other numbers.

        Asked if the model is :attr:`capturable`: a GPU then records a step of each variant (with those phases that are
        due) and replays it. So apart from this value, what phases do may depend only on parameters and buffers, on
        the batch's images, labels and ``latents()``, and on random numbers drawn on the device; and nothing in them may
        wait for the device (``.item()``, ``bool(tensor)``). None: this step isn't recorded.
        """
        return 0

    def average_decay(self, images: int) -> float:
        """How much of the moving average is kept when ``images`` more real images were shown, in [0, 1)."""
        half_life = 10_000
        return float(0.5 ** (images / half_life))

    @property
    def average_rampup(self) -> float:
        """While training is young, the average's half-life is at most this share of the images shown so far; 0: any."""
        return 0.05

    @property
    @abstractmethod
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one image's latent; latents are standard normal."""

    @abstractmethod
    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Images (N, C, H, W) in [-1, 1] from latents (N, *latent_shape) and labels (N,) int64 or None.

        Called in evaluation mode under ``torch.no_grad()``, with the averaged networks in place. Must keep nothing on
        ``self``: on a CPU it is called from several threads at once. ``truncation`` in (0, 1] trades variety for
        quality; 1 leaves the latents alone.
        """

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        """How real each image looks to the model, (N,), higher is better; None if it can't tell.

        Called like :meth:`sample`; curators sort by it.
        """
        return None

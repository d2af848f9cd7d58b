"""A model under test: built for images of several shapes and trained for a few steps, once for all checks."""

from collections.abc import Mapping
from typing import Any

import torch

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.models.latent_model import LatentModel
from artgan.plugins.specs import ModelSpec, Spec
from artgan.testing.expect import Unchecked, expect, make_options
from artgan.testing.suite import Suite, unchanged_randomness
from artgan.testing.trial_training import TrialTraining

LABELS = ("zero", "one", "two")
SHAPES = (ImageInfo(1, 28, 28, LABELS), ImageInfo(3, 32, 32))


class ModelBench(Suite):
    """Models that are built and trained once and shared by all checks."""

    kind = ModelSpec

    def __init__(
        self,
        model: type[LatentModel],
        spec: Spec | None = None,
        *,
        info: ImageInfo | None = None,
        options: Mapping[str, Any] | None = None,
        batch_size: int = 8,
    ) -> None:
        """See :func:`check_model`."""
        super().__init__(spec.name if spec else model.__name__, spec)
        self.model, self.name, self.info = model, model.__name__, info
        self.given, self.batch_size = options, batch_size

    @property
    def options(self) -> Any:
        """Validated options."""
        return self.once("options", lambda: make_options(self.model, self.given))

    def build(self, info: ImageInfo) -> LatentModel:
        """Build a new model. Raises :class:`UserError` if it refuses these images."""
        what = f"{self.name} for images of {info.shape}"
        with torch.random.fork_rng(devices=[]), unchanged_randomness(f"Making {what}", may_draw=True):
            try:
                built = self.model(self.options, info)
            except (UserError, Unchecked):
                raise
            except TypeError as error:
                raise AssertionError(f"{what} can't be built: {error}") from error
            except Exception as error:
                raise AssertionError(
                    f"{what} raised {type(error).__name__}: {error}. If it can't be built for them, "
                    "raise artgan.UserError and say which images it can be built for."
                ) from error
        expect(
            getattr(built, "data", None) == info and getattr(built, "options", None) == self.options,
            f"{self.name}.__init__ must begin with super().__init__(options, data).",
        )
        return built

    def accepted(self) -> list[ImageInfo]:
        """Return the shapes that it is trained for."""
        return self.once("accepted", self._accepted)

    def _accepted(self) -> list[ImageInfo]:
        accepted, refusals = [], []
        for asked in (self.info,) if self.info is not None else SHAPES:
            given = self.labelled(asked)
            try:
                self.build(given)
            except UserError as refusal:
                refusals.append(str(refusal))
            else:
                accepted.append(given)
        expect(accepted, f"{self.name} refuses all shapes it was tried with: {' '.join(refusals)} Pass info=.")
        return accepted

    def labelled(self, info: ImageInfo) -> ImageInfo:
        """Return ``info``, with labels if the model is conditional: it is never built without."""
        return ImageInfo(*info.shape, LABELS) if self.model.conditional and not info.labels else info

    def start_trial(self, info: ImageInfo, **how: Any) -> TrialTraining[LatentModel]:
        """Prepare a new trial training run."""
        return TrialTraining(self.model, self.options, info, self.batch_size, **how)

    def trained(self, info: ImageInfo) -> TrialTraining[LatentModel]:
        """Return a model after some steps; don't train it further."""

        def train() -> TrialTraining[LatentModel]:
            trial = self.start_trial(info)
            trial.train()
            return trial

        return self.once(("trained", info), train)

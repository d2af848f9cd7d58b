"""Checks that a model fulfils the contract of :class:`artgan.LatentModel`."""

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.models.latent_model import LatentModel
from artgan.models.styles import StyleModel
from artgan.plugins.specs import ModelSpec
from artgan.sampling.load import load_for_sampling
from artgan.sampling.sampler import Sampler
from artgan.testing import declarations, samples
from artgan.testing.determinism import SimulatedRecorder
from artgan.testing.expect import Unchecked, calling, expect, find_class, refuse_nonsense
from artgan.testing.model_bench import LABELS, ModelBench
from artgan.testing.suite import Check, check, unchanged_randomness
from artgan.testing.trial_training import TrialTraining, differing
from artgan.training.cuda_graphs import CUDARecorder

# Built and sampled, if the model accepts them, but not trained. Most models refuse the last.
MORE_SHAPES = (ImageInfo(3, 16, 16), ImageInfo(4, 32, 32, LABELS), ImageInfo(1, 64, 64), ImageInfo(3, 17, 29, LABELS))


def check_model(
    model: str | type[LatentModel],
    *,
    info: ImageInfo | None = None,
    options: Mapping[str, Any] | None = None,
    batch_size: int = 8,
) -> list[ImageInfo]:
    """Check that a model can be built, trained, resumed, sampled and scored, on random images.

    Args:
        model: the class, or the name of an installed model.
        info: shape and label names of the images; None: 1x28x28 and 3x32x32, if the model accepts them.
        options: as a user would set them with ``-o``; small networks make the check quick.
        batch_size: images per step.

    Returns:
        The images it was trained for.

    Raises:
        AssertionError: if a check fails.
    """
    kind = find_class(model, LatentModel, ModelSpec)
    suite = ModelSuite(kind, info=info, options=options, batch_size=batch_size)
    suite.run()
    return suite.accepted()


class ModelSuite(ModelBench):
    """The checks of a model."""

    def checks(self) -> list[Check]:
        """Return all checks; those of styles and of recorded steps only for models that declare them."""
        says = {"styles": issubclass(self.model, StyleModel), "recorded": self.model.capturable}
        return [one for one in super().checks() if says.get(one.name, True)]

    @check("They say how the model is shown, trained and sampled by default.", "artgan.LatentModel")
    def class_attributes(self) -> None:
        """Check that class attributes have the right types."""
        declarations.check_class(self.model)

    @check(
        "Options are shown in help, typed by users and stored in runs, which are opened years later.", "artgan.Options"
    )
    def options_(self) -> None:
        """Check that options are described, survive JSON and refuse nonsense."""
        assert self.options is not None
        refuse_nonsense(self.model)

    @check(
        "Users have pictures of all sizes; a refusal with a reason costs them a minute, a crash costs an hour.",
        "artgan.LatentModel",
    )
    def shapes(self) -> None:
        """Check that images have every shape that it accepts, and that others are refused with a reason."""
        taken = self.accepted()
        for asked in (*taken, *MORE_SHAPES) if self.info is None else (*taken, MORE_SHAPES[-1]):
            try:
                built = self.build(self.labelled(asked)).eval()
            except UserError as refusal:
                expect(str(refusal).strip(), f"{self.name} refuses {asked.shape} without a reason.")
                continue
            latents, labels = samples.inputs(built, 2)
            with torch.inference_mode():
                samples.sample(built, latents, labels)

    @check("Averaging, sampling and checkpoints rely on them.", "artgan.LatentModel.latent_shape")
    def attributes(self) -> None:
        """Check that the model has the networks that it names, a latent shape and a decay."""
        declarations.check_built(self.build(self.accepted()[0]))

    @check("The trainer only knows phases: what they don't name isn't trained.", "artgan.Phase")
    def phases(self) -> None:
        """Check that phases are valid, only change the networks that they name, and have finite scalar losses."""
        for info in self.accepted():
            self.trained(info)

    @check("A parameter without a gradient keeps its random initial value.", "artgan.Phase")
    def gradients(self) -> None:
        """Check that gradients reach every parameter, and that every network changes."""
        for info in self.accepted():
            self.trained(info).check_learning()

    @check("Results that can't be reproduced can't be trusted, compared or debugged.", "artgan.Batch")
    def reproducible(self) -> None:
        """Check that two training runs with the same seed are equal."""
        for info in self.accepted():
            other = self.start_trial(info)
            other.train()
            odd = differing(self.trained(info).model, other.model)
            expect(
                odd is None,
                f"Two runs of {self.name} with the same seed differ (first in {odd}). Draw random numbers from "
                "batch.latents() or batch.generator, or with torch's own functions.",
            )

    @check("Training is often interrupted, and whatever isn't in the checkpoint is lost.", "artgan.Batch")
    def resuming(self) -> None:
        """Check that training resumed from a checkpoint equals training that never stopped."""
        for info in self.accepted():
            whole = self.start_trial(info)
            whole.train()
            resumed = self.start_trial(info)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "step-00000001.safetensors"
                with calling(f"Writing a checkpoint of {self.name}"):
                    whole.save(path)
                with calling(f"Reading a checkpoint of {self.name}"):
                    resumed.load(path)
            whole.train()
            resumed.train()
            odd = differing(whole.model, resumed.model)
            expect(
                odd is None,
                f"Resumed training of {self.name} differs from uninterrupted training (first in {odd}): something that "
                "changes during training is neither a parameter, nor a buffer, nor a function of batch.step.",
            )

    @check(
        "A recorded step starts at once on a GPU, but replays tensors only, no Python.", "artgan.LatentModel.variant"
    )
    def recorded(self) -> None:
        """Check, if its steps may be recorded, that training with recorded steps equals training without."""
        chosen = [info for info in self.accepted() if self.trained(info).model.capturable]
        if not chosen:
            raise Unchecked(f"{self.name} doesn't allow it with these options")
        for info in chosen:
            plain, replayed = self.start_trial(info), self.start_trial(info)
            replayed.replay(SimulatedRecorder(replayed.model, replayed.trainer.optimizers))
            plain.train()
            replayed.train()
            places = _places(replayed.model)
            plain.train()
            replayed.train()
            assert replayed.trainer.graphs is not None
            expect(
                bool(replayed.trainer.graphs.recorded),
                f"{self.name} declares that its steps may be recorded and replayed (capturable), but no two steps have "
                "the same variant: variant() should return few values, and the same one in many steps.",
            )
            moved = [name for name, place in _places(replayed.model).items() if place != places[name]]
            expect(
                not moved,
                f"{self.name} replaces the tensor {moved[0] if moved else ''} during training, but a replayed step "
                "(capturable) would continue to use the old one: change it in place, such as with copy_().",
            )
            self._expect_equal(plain, replayed)

    def _expect_equal(self, plain: TrialTraining[LatentModel], replayed: TrialTraining[LatentModel]) -> None:
        odd = differing(plain.model, replayed.model)
        expect(
            odd is None,
            f"{self.name} declares that its steps may be recorded and replayed (capturable), but that changes its "
            f"training (first in {odd}): something in its phases depends on batch.step or on a number that isn't in a "
            "tensor. Name it in variant(), keep it in a buffer that before_step() sets, or remove capturable.",
        )

    @check(
        "Image 7 of seed 42 is the same picture for everyone, no matter how many are sampled at once.",
        "artgan.LatentModel.sample",
    )
    def sampling(self) -> None:
        """Check that images only depend on their latent and label, and that sampling doesn't change the model."""
        for info in self.accepted():
            average = self.trained(info).averaged()
            before = {name: tensor.clone() for name, tensor in average.state_dict().items()}
            with unchanged_randomness(f"{self.name}.sample()"):
                samples.check_images(average)
            changed = next((n for n, t in average.state_dict().items() if not torch.equal(t, before[n])), None)
            expect(changed is None, f"{self.name}: sampling changes the model ({changed}), which it must not.")

    @check("Users who ask for a seven want a seven.", "artgan.LatentModel.sample")
    def labels(self) -> None:
        """Check that a conditional model uses its labels."""
        samples.check_labels(self.trained(self.accepted()[0]).averaged())

    @check("Curation and the gallery page sort by it.", "artgan.LatentModel.score")
    def score(self) -> None:
        """Check that scores are one finite number per image."""
        for info in self.accepted():
            samples.check_scores(self.trained(info).averaged())

    @check("`artgan mix` exchanges styles, and `artgan explore` moves them.", "artgan.StyleModel")
    def styles(self) -> None:
        """Check that images are those of their styles, and that the style of each layer matters."""
        for info in self.accepted():
            average = self.trained(info).averaged()
            assert isinstance(average, StyleModel)
            with unchanged_randomness(f"{self.name}.synthesise()"):
                samples.check_styles(average)

    @check("The moving average makes better pictures, so it is used for sampling.", "artgan.LatentModel.average_decay")
    def averages(self) -> None:
        """Check that sampling uses the average alone, and not the networks that train."""
        info = self.accepted()[0]
        trial = self.start_trial(info)
        trial.train()
        average = trial.averaged()
        latents, labels = samples.inputs(average, 2)
        with torch.no_grad():
            before = samples.sample(average, latents, labels)
            for network in trial.model.averaged:
                for parameter in getattr(trial.model, network).parameters():
                    parameter.mul_(2).add_(0.5)
            after = samples.sample(average, latents, labels)
        expect(
            torch.equal(before, after),
            f"{self.name}.sample() uses the networks that train instead of their moving average: access networks as "
            "attributes of self, and don't store functions of them.",
        )

    @check("Galleries are made from checkpoints, even years later.", "artgan.LatentModel.sample")
    def checkpoints(self) -> None:
        """Check that a model loaded from its checkpoint makes the same images."""
        for info in self.accepted():
            trained = self.trained(info)
            loaded = self.build(info)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "step-00000002.safetensors"
                trained.save(path)
                with calling(f"Reading a checkpoint of {self.name}"):
                    load_for_sampling(path, loaded)
            with calling(f"{self.name}.sample()"):
                kept, again = (Sampler(one).sample(8, seed=1) for one in (trained.averaged(), loaded))
            expect(
                torch.equal(kept, again),
                f"{self.name} makes different images after it was loaded from a checkpoint: what sample() uses must be "
                "parameters or buffers.",
            )

    @check("bf16 is the default wherever the hardware supports it, which is nearly everywhere.", "artgan.Batch")
    def bf16(self) -> None:
        """Check that it trains in bf16-mixed precision and stays finite."""
        trial = self.start_trial(self.accepted()[0], precision="bf16-mixed")
        trial.train()
        self._check_finite(trial, "bf16-mixed precision")

    @check("Most users train on a GPU, where a tensor left on the CPU fails at the first step.", "artgan.Batch.latents")
    def cuda(self) -> None:
        """Check that it trains and samples on a GPU, if there is one."""
        if not torch.cuda.is_available():
            raise Unchecked("there is no CUDA GPU here")
        trial = self.start_trial(self.accepted()[0], precision="auto", device="cuda")
        trial.train()
        self._check_finite(trial, "a GPU")
        if trial.model.capturable:
            made = []
            for recorder in (SimulatedRecorder(), SimulatedRecorder(), CUDARecorder()):
                made.append(self.start_trial(self.accepted()[0], precision="auto", device="cuda", watched=False))
                made[-1].replay(recorder)
                made[-1].train()
                made[-1].train()
            self._check_finite(made[-1], "steps that a GPU has recorded")
            if differing(made[0].model, made[1].model) is None:  # some layers sum in any order on a GPU
                self._expect_equal(made[0], made[-1])
        with calling(f"{self.name}.sample() on a GPU"):
            Sampler(trial.averaged()).sample(8, seed=1)

    def _check_finite(self, trial: TrialTraining[LatentModel], where: str) -> None:
        for name, tensor in trial.model.state_dict().items():
            expect(
                not tensor.is_floating_point() or math.isfinite(float(tensor.double().abs().sum())),
                f"{self.name} trained with {where} has values in {name} that aren't finite.",
            )


def _places(model: LatentModel) -> dict[str, int]:
    return {name: tensor.data_ptr() for name, tensor in model.state_dict(keep_vars=True).items()}

"""Checks that a model keeps the contract of :class:`artgan.Model`."""

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

# Built and sampled, if the model takes them, but not trained. Most models can't make the last.
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
        info: shape and label names of the images; None: 1x28x28 and 3x32x32, as far as the model takes them.
        options: what a user would set with ``-o``; small networks make a quick check.
        batch_size: images a step.

    Returns:
        What it was trained for.

    Raises:
        AssertionError: at the first thing that is wrong.
    """
    kind = find_class(model, LatentModel, ModelSpec)
    suite = ModelSuite(kind, info=info, options=options, batch_size=batch_size)
    suite.run()
    return suite.accepted()


class ModelSuite(ModelBench):
    """The checks of a model."""

    def checks(self) -> list[Check]:
        """All checks; that of styles, and that of recorded steps, only for a model which says that it has some."""
        says = {"styles": issubclass(self.model, StyleModel), "recorded": self.model.capturable}
        return [one for one in super().checks() if says.get(one.name, True)]

    @check("These say how the model is shown, trained and sampled when the user says nothing.", "artgan.Model")
    def class_attributes(self) -> None:
        """Class attributes have the right types."""
        declarations.check_class(self.model)

    @check(
        "Options are shown in help, typed by people and kept in runs, which are opened years later.", "artgan.Options"
    )
    def options_(self) -> None:
        """Options are described, survive JSON and refuse nonsense."""
        assert self.options is not None
        refuse_nonsense(self.model)

    @check(
        "People have pictures of all sizes; a refusal that says why costs them a minute, a crash an hour.",
        "artgan.Model",
    )
    def shapes(self) -> None:
        """At every size and channel count it takes, images have that shape; others are refused in words."""
        taken = self.accepted()
        for asked in (*taken, *MORE_SHAPES) if self.info is None else (*taken, MORE_SHAPES[-1]):
            try:
                built = self.build(self.labelled(asked)).eval()
            except UserError as refusal:
                expect(str(refusal).strip(), f"{self.name} refuses {asked.shape} without a word of why.")
                continue
            latents, labels = samples.inputs(built, 2)
            with torch.inference_mode():
                samples.sample(built, latents, labels)

    @check(
        "Everything else is made of these: what is averaged, what is drawn, what is kept.", "artgan.Model.latent_shape"
    )
    def attributes(self) -> None:
        """A built model has the networks that it names, a latent shape and a decay."""
        declarations.check_built(self.build(self.accepted()[0]))

    @check("The trainer knows phases and nothing else: what they don't say isn't trained.", "artgan.Phase")
    def phases(self) -> None:
        """Phases are sane, change only the networks that they name, and their losses are finite scalars."""
        for info in self.accepted():
            self.trained(info)

    @check("A parameter without a gradient stays what it was when it was drawn.", "artgan.Phase")
    def gradients(self) -> None:
        """Gradients reach every parameter, and every network changes."""
        for info in self.accepted():
            self.trained(info).check_learning()

    @check("Results that can't be made again can't be believed, compared or mended.", "artgan.Batch")
    def reproducible(self) -> None:
        """Two trainings from the same seed are equal."""
        for info in self.accepted():
            other = self.start_trial(info)
            other.train()
            odd = differing(self.trained(info).model, other.model)
            expect(
                odd is None,
                f"Two trainings of {self.name} from the same seed differ (first in {odd}). Draw random numbers from "
                "batch.latents() or batch.generator, or by torch's own functions.",
            )

    @check("Trainings are interrupted all the time; what isn't in a checkpoint is lost then.", "artgan.Batch")
    def resuming(self) -> None:
        """A training that goes through a checkpoint equals one that doesn't stop."""
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
                f"A resumed training of {self.name} goes another way (first in {odd}): something that changes "
                "while it trains is neither a parameter, nor a buffer, nor a function of batch.step.",
            )

    @check("A GPU starts a recorded step at once; a recording knows tensors, and no Python.", "artgan.Model.variant")
    def recorded(self) -> None:
        """If it says that its steps may be recorded, a training with recorded steps equals one without."""
        chosen = [info for info in self.accepted() if self.trained(info).model.capturable]
        if not chosen:
            raise Unchecked(f"{self.name} doesn't say so of what it was built with here")
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
                f"{self.name} says that a step may be recorded and replayed (capturable), and no two steps are of a "
                "kind: variant() should return few values, and the same in many steps.",
            )
            moved = [name for name, place in _places(replayed.model).items() if place != places[name]]
            expect(
                not moved,
                f"{self.name} puts another tensor in the place of {moved[0] if moved else ''} while it trains; what is "
                "replayed (capturable) would go on with the first: change it in place, such as by copy_().",
            )
            self._expect_equal(plain, replayed)

    def _expect_equal(self, plain: TrialTraining[LatentModel], replayed: TrialTraining[LatentModel]) -> None:
        odd = differing(plain.model, replayed.model)
        expect(
            odd is None,
            f"{self.name} says that a step may be recorded and replayed (capturable), and goes another way then "
            f"(first in {odd}): something in its phases hangs on batch.step or on a number that isn't in a tensor. "
            "Name it in variant(), keep it in a buffer that before_step() sets, or leave capturable out.",
        )

    @check(
        "Image 7 of seed 42 is the same picture for everybody, however many are made at once.", "artgan.Model.sample"
    )
    def sampling(self) -> None:
        """Images depend on their latent and label alone, and sampling leaves the model as it is."""
        for info in self.accepted():
            average = self.trained(info).averaged()
            before = {name: tensor.clone() for name, tensor in average.state_dict().items()}
            with unchanged_randomness(f"{self.name}.sample()"):
                samples.check_images(average)
            changed = next((n for n, t in average.state_dict().items() if not torch.equal(t, before[n])), None)
            expect(changed is None, f"{self.name}: sampling changes the model ({changed}); it must leave it as it is.")

    @check("Who asks for a seven wants a seven.", "artgan.Model.sample")
    def labels(self) -> None:
        """Labels make a difference to a conditional model, and none to another."""
        samples.check_labels(self.trained(self.accepted()[0]).averaged())

    @check("Curation and the gallery's page sort by it.", "artgan.Model.score")
    def score(self) -> None:
        """Scores are one finite number an image."""
        for info in self.accepted():
            samples.check_scores(self.trained(info).averaged())

    @check("`artgan mix` and `artgan explore` exchange and move them.", "artgan.StyleModel")
    def styles(self) -> None:
        """Images are those of their styles, and each layer's style has a part in them."""
        for info in self.accepted():
            average = self.trained(info).averaged()
            assert isinstance(average, StyleModel)
            with unchanged_randomness(f"{self.name}.synthesise()"):
                samples.check_styles(average)

    @check("The moving average makes the better pictures, and it is what samples.", "artgan.Model.average_decay")
    def averages(self) -> None:
        """The average samples by itself: networks that train on leave it alone."""
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
            f"{self.name}.sample() uses the networks that train, and not their moving average: reach networks as "
            "attributes of self, and keep no function of them.",
        )

    @check("Galleries are made from checkpoints, next year too.", "artgan.Model.sample")
    def checkpoints(self) -> None:
        """The model makes the same images once it went through a checkpoint."""
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
                f"{self.name} makes other images once it went through a checkpoint: what sample() uses must be "
                "parameters or buffers.",
            )

    @check("bf16 is what artgan takes where the hardware has it, which is nearly everywhere.", "artgan.Batch")
    def bf16(self) -> None:
        """It trains in bf16-mixed precision, too, and stays finite."""
        trial = self.start_trial(self.accepted()[0], precision="bf16-mixed")
        trial.train()
        self._check_finite(trial, "bf16-mixed precision")

    @check("Most people train on a GPU; a tensor made on the CPU stops them at the first step.", "artgan.Batch.latents")
    def cuda(self) -> None:
        """It trains and samples on a GPU, where there is one."""
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
            if differing(made[0].model, made[1].model) is None:  # some layers add up in any order on a GPU
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

"""The conformance kit: first-party plugins pass it, and bad ones are told what is wrong with them."""

import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import field_validator
from torch import nn

import artgan
from artgan.models.gan import GANOptions
from artgan.plugins import registry
from artgan.specs import DatasetSpec, ModelSpec, Spec
from artgan.testing import check_dataset, check_model

SMALL = {"mlp": {"hidden": (32, 16)}, "dcgan": {"width": 8}, "cgan": {"width": 8}, "wgan-gp": {"width": 8}}
SMALL["r3gan"] = {"width": 16}
FIRST_PARTY = {"artgan"}


def names(kind: type[Spec]) -> list[str]:
    known = registry()
    return [name for name, spec in known.of(kind).items() if known.provider(spec).distribution in FIRST_PARTY]


@pytest.mark.parametrize("name", names(ModelSpec))
def test_first_party_models_pass(name):
    assert check_model(name, options=SMALL.get(name))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mlp", {"hidden": (32,), "batch_norm": True, "dropout": 0.3, "recipe": "paper"}),
        ("dcgan", {"width": 4, "recipe": "paper"}),
        ("cgan", {"backbone": "mlp", "embedding": 8}),
        ("wgan-gp", {"width": 4, "recipe": "paper"}),
        ("r3gan", {"width": 16, "recipe": "paper"}),
    ],
)
def test_other_options_of_first_party_models_pass(name, options):
    assert len(check_model(name, options=options)) == 2


@pytest.mark.parametrize("name", names(DatasetSpec))
def test_first_party_datasets_pass(name, tmp_path):
    options = {}
    if registry().of(DatasetSpec)[name].path_option:
        options = {registry().of(DatasetSpec)[name].path_option: str(pictures(tmp_path))}
    kind = registry().of(DatasetSpec)[name].load()
    data_dir = os.environ.get("ARTGAN_DATA", str(tmp_path))
    if not kind(kind.Options(**options), Path(data_dir)).on_disk():
        pytest.skip(f"{name} is not in ARTGAN_DATA")
    assert check_dataset(name, options=options, data_dir=data_dir).channels in (1, 3, 4)


def pictures(folder):
    random = np.random.default_rng(0)
    for label in ("cats", "dogs"):
        (folder / "pictures" / label).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 256, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / label / f"{number}.png")
    return folder / "pictures"


def test_unknown_names_fail_with_the_nearest_match():
    with pytest.raises(AssertionError, match="Did you mean 'dcgan'"):
        check_model("dcgann")
    with pytest.raises(AssertionError, match="is no subclass of"):
        check_model(nn.Linear)


# Bad models.


class Good(artgan.GAN):
    class Options(GANOptions):
        latent_dim: int = artgan.Field(8, ge=1, le=64, description="numbers in a latent")

    def __init__(self, options, data):
        super().__init__(options, data)
        pixels = data.channels * data.height * data.width
        self.generator = nn.Sequential(nn.Linear(options.latent_dim, pixels), nn.Tanh(), nn.Unflatten(1, data.shape))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 8), nn.ReLU(), nn.Linear(8, 1))


class Undescribed(Good):
    class Options(GANOptions):
        width: int = 3


class ForgetsSuper(Good):
    def __init__(self, options, data):
        nn.Module.__init__(self)


class Crashes(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        if data.height != data.width:
            raise ValueError("not a square")


class Refuses(Good):
    def __init__(self, options, data):
        raise artgan.UserError("Only for 7x7.")


class NotScalar(Good):
    def generator_loss(self, batch):
        return {"loss": self.discriminate(self.generate(batch), None)}


class Detached(Good):
    def generator_loss(self, batch):
        return {"loss": self.discriminate(self.generate(batch), None).mean().detach()}


class PassesNothingOn(Good):
    def generate(self, batch):
        return super().generate(batch).detach().requires_grad_()


class NotFinite(Good):
    def discriminator_loss(self, batch):
        return {"loss": super().discriminator_loss(batch)["loss"] / 0.0}


class LosesFloats(Good):
    def generator_loss(self, batch):
        found = super().generator_loss(batch)
        return {**found, "value": found["loss"].item()}


class NoSuchNetwork(Good):
    def phases(self):
        yield artgan.Phase("critic", ("critic",), self.discriminator_loss)


class TwiceTheSame(Good):
    def phases(self):
        yield from super().phases()
        yield artgan.Phase("discriminator", ("generator",), self.generator_loss)


class Forgotten(Good):
    def phases(self):
        yield artgan.Phase("generator", ("generator",), self.generator_loss)


class HalfOptimised(Good):
    def optimizer(self, network, parameters):
        return super().optimizer(network, parameters[:-1])


class Still(Good):
    def optimizer(self, network, parameters):
        return torch.optim.SGD(parameters, lr=0.0)


class RandomElsewhere(Good):
    def generator_loss(self, batch):
        noise = np.random.default_rng().normal()
        return {"loss": super().generator_loss(batch)["loss"] * (1 + noise)}


class HiddenState(Good):
    shown = 0

    def generator_loss(self, batch):
        self.shown += 1
        return {"loss": super().generator_loss(batch)["loss"] * (1 + 0.1 * self.shown)}


class LeansOnOtherPhases(Good):
    def phases(self):
        yield artgan.Phase("generator", ("generator",), self.generator_loss, interval=2)
        yield artgan.Phase("discriminator", ("discriminator",), self.lean)

    def lean(self, batch):
        fake = batch.memo.pop("fake")
        return {"loss": (self.discriminate(fake, None) - self.discriminate(batch.images, None)).mean()}


class OutOfRange(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents, labels, truncation) * 3 + 3


class WrongShape(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents, labels, truncation).flatten(1)


class Noisy(Good):
    def sample(self, latents, labels, truncation=1.0):
        return (super().sample(latents, labels, truncation) + 0.1 * torch.randn(())).clamp(-1, 1)


class LooksAround(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents - 5 * latents.mean(0), labels, truncation)


class KeepsLatents(Good):
    def sample(self, latents, labels, truncation=1.0):
        self.kept = latents
        time.sleep(0.005)
        return super().sample(self.kept, labels, truncation)


class Collapsed(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents * 0, labels, truncation)


class DeafToLabels(Good):
    conditional = True

    def _call(self, network, inputs, labels):
        return network(inputs)


class OneScore(Good):
    def score(self, images, labels):
        return super().score(images, labels).mean()


class BadAverage(Good):
    averaged = ("generator", "painter")


class BadDecay(Good):
    def average_decay(self, images):
        return 1.0


class Idle(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        self.generator.spare = nn.Parameter(torch.zeros(3))


class Meddles(Good):
    def generator_loss(self, batch):
        with torch.no_grad():
            for parameter in self.discriminator.parameters():
                parameter.clamp_(-0.01, 0.01)
        return super().generator_loss(batch)


class SeedsTorch(Good):
    def discriminator_loss(self, batch):
        torch.manual_seed(batch.step)
        return super().discriminator_loss(batch)


class DrawsFromNumpy(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        np.random.seed(3)  # noqa: NPY002


class KeepsTheLiveOne(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        painter = [self.generator]
        self.paint = lambda latents: painter[0](latents)

    def sample(self, latents, labels, truncation=1.0):
        return self.paint(latents * truncation)


class TakesAnything(Good):
    class Options(GANOptions):
        latent_dim: int = artgan.Field(8, ge=1, le=64, description="numbers in a latent")

        @field_validator("latent_dim", mode="wrap")
        @classmethod
        def _forgive(cls, value, check):
            try:
                return check(value)
            except ValueError:
                return 8


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Idle, r"No gradient reaches 1 of the 3 parameters of the network 'generator'.*generator\.spare"),
        (Meddles, "phase 'generator' of Meddles says that it updates generator, and changes discriminator"),
        (SeedsTorch, "seeds torch's global random numbers"),
        (DrawsFromNumpy, "uses numpy's global random numbers"),
        (KeepsTheLiveOne, "uses the networks that train, and not their moving average"),
        (TakesAnything, "takes the option latent_dim='nonsense' without a word"),
        (Undescribed, "option 'width' of Undescribed has no description"),
        (ForgetsSuper, "must begin with super"),
        (Crashes, r"for images of \(3, 17, 29\) raised ValueError: not a square.*artgan.UserError"),
        (Refuses, "takes none of the shapes.*Only for 7x7"),
        (NotScalar, "should be a scalar"),
        (Detached, "phase 'generator' has no gradient"),
        (PassesNothingOn, "No gradient reaches the network 'generator'"),
        (NotFinite, "'loss' isn't finite"),
        (LosesFloats, "'value' is a float, not a tensor"),
        (NoSuchNetwork, "updates critic, and the model has no such network"),
        (TwiceTheSame, "two phases have the same name"),
        (Forgotten, "No phase of Forgotten updates its network 'discriminator'"),
        (HalfOptimised, "leaves out 1 of the 2 parameters"),
        (Still, "network '.*' of Still doesn't change"),
        (RandomElsewhere, "Two trainings of RandomElsewhere from the same seed differ"),
        (HiddenState, "A resumed training of HiddenState goes another way"),
        (LeansOnOtherPhases, r"phase 'discriminator' \(step 1\) raised KeyError"),
        (OutOfRange, "values from .* to .*; images are in"),
        (WrongShape, "returned shape"),
        (Noisy, "other images for the same latents"),
        (KeepsLatents, "several threads call it at once"),
        (LooksAround, "depends on the others"),
        (Collapsed, "same image for all latents"),
        (DeafToLabels, "same images whatever the labels"),
        (OneScore, r"score\(\) should be None or a tensor \(6,\)"),
        (BadAverage, "averaged names 'painter'"),
        (BadDecay, "average_decay"),
    ],
)
def test_bad_models_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_model(kind)


def test_a_good_model_passes_and_leaves_the_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    checked = check_model(Good, info=artgan.ImageInfo(4, 9, 11))
    assert checked == [artgan.ImageInfo(4, 9, 11)]
    assert torch.equal(torch.rand(3), expected)


# Bad data sets.


class Stripes(artgan.Dataset):
    class Options(artgan.Options):
        images: int = artgan.Field(40, ge=1, le=100, description="how many images")
        invert: bool = artgan.Field(False, description="black for white")

    native = (artgan.ImageInfo(1, 12, 12, ("few", "many")), 40)

    @property
    def info(self):
        side = self.size or 12
        return artgan.ImageInfo(1, side, side, ("few", "many"))

    def __len__(self):
        return self.options.images

    def fingerprint(self):
        return f"stripes {self.size} {self.options!r}"

    def read(self, start, stop):
        indices = np.arange(start, stop)
        line = (np.arange(self.info.width) * (2 + indices[:, None] % 2) * 20 + indices[:, None]) % 256
        images = np.broadcast_to(line[:, None, :, None], (len(indices), *self.info.shape[1:], 1)).astype(np.uint8)
        return (255 - images if self.options.invert else images), indices % 2


class Draws(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return np.random.default_rng().integers(0, 256, images.shape, dtype=np.uint8), labels


class CountsFromTheSlice(Stripes):
    def read(self, start, stop):
        images, labels = super().read(0, stop - start)
        return images, labels


class NotThreadSafe(Stripes):
    def __init__(self, options, data_dir, size=None):
        super().__init__(options, data_dir, size)
        self.owner = threading.get_ident()

    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images if threading.get_ident() == self.owner else images // 2, labels


class Floats(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images / 255, labels


class Dim(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images // 255, labels


class Same(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return np.full_like(images, 9), labels


class ChannelsFirst(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images.transpose(0, 3, 1, 2), labels


class FromOne(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images, labels + 1


class NoLabels(Stripes):
    def read(self, start, stop):
        return super().read(start, stop)[0], None


class ForgetsOptions(Stripes):
    def fingerprint(self):
        return f"stripes {self.size}"


class Restless(Stripes):
    def fingerprint(self):
        return f"stripes {id(self)}"


class IgnoresSize(Stripes):
    info = artgan.ImageInfo(1, 12, 12, ("few", "many"))


class LiesAboutItself(Stripes):
    native = (artgan.ImageInfo(1, 12, 12, ("few", "many")), 50)


class NeverThere(Stripes):
    def on_disk(self):
        return False


class CrashesOffline(Stripes):
    def on_disk(self):
        return (self.data_dir / "stripes").exists()

    def fetch(self, report):
        if not self.on_disk():
            socket.create_connection(("example.org", 80), timeout=1)


class NumpySeed(Stripes):
    def read(self, start, stop):
        np.random.seed(1)  # noqa: NPY002
        return super().read(start, stop)


class Empty(Stripes):
    native = None

    def __len__(self):
        return 0


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Draws, "other images in slices.*depend on nothing but"),
        (CountsFromTheSlice, "other images in slices"),
        (NotThreadSafe, "other images in several threads"),
        (Floats, "images of float64, not uint8"),
        (Dim, "no value .* is above 1"),
        (Same, "are all the same"),
        (ChannelsFirst, r"images of shape \(24, 1, 12, 12\), not \(24, 12, 12, 1\)"),
        (FromOne, "labels from 1 to 2; the 2 named are 0 to 1"),
        (NoLabels, r"should return labels \(24,\) int64, and returned a NoneType"),
        (ForgetsOptions, "with invert=True the images are others"),
        (Restless, r"fingerprint\(\) isn't stable"),
        (IgnoresSize, "asked for size=16"),
        (LiesAboutItself, "native says"),
        (NeverThere, r"on_disk\(\) is False after fetch"),
        (Empty, "has no images"),
        (NumpySeed, "uses numpy's global random numbers"),
    ],
)
def test_bad_datasets_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_dataset(kind)


def test_a_dataset_without_its_files_and_a_network_says_so(tmp_path):
    (tmp_path / "stripes").touch()
    with pytest.raises(AssertionError, match=r"fetch\(\) without a network raised OSError"):
        check_dataset(CrashesOffline, data_dir=tmp_path)


def test_failures_say_why_it_matters_and_where_to_read_more():
    with pytest.raises(AssertionError) as failure:
        check_model(Noisy)
    what, why, more = str(failure.value).splitlines()
    assert "other images for the same latents" in what
    assert why.startswith("  Why it matters: Image 7 of seed 42")
    assert more.startswith("  Read more: `python -m pydoc artgan.Model.sample`")


def test_a_good_dataset_passes():
    assert check_dataset(Stripes) == artgan.ImageInfo(1, 12, 12, ("few", "many"))
    assert check_dataset(Stripes, options={"images": 3}, size=20).height == 20

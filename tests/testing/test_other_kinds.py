"""The conformance kit on losses, metrics, trackers, curators and commands: the first-party ones, and bad ones."""

import sys
import time
from typing import Annotated

import numpy as np
import pytest
import torch
import typer

import artgan
from artgan.plugins import specs
from artgan.plugins.loading import registry
from artgan.testing import check_command, check_curator, check_loss, check_metric, check_tracker
from artgan.testing.package import opened

KINDS = (specs.LossSpec, specs.MetricSpec, specs.TrackerSpec, specs.CuratorSpec, specs.CommandSpec)
FIRST_PARTY = [
    spec
    for kind in KINDS
    for spec in registry().of(kind).values()
    if registry().provider(spec).distribution == "artgan"
]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Trackers of services keep to this machine."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlflow").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    yield
    if "wandb" in sys.modules:
        sys.modules["wandb"].teardown()  # it remembers the mode


# Importing these takes longer than all that the kit does with them.
SLOW = ("wandb", "mlflow")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=pytest.mark.slow if spec.name in SLOW else (), id=f"{spec.kind}-{spec.name}")
        for spec in FIRST_PARTY
    ],
)
def test_first_party_plugins_pass(spec):
    with opened(spec) as suite:
        # Each starts a process; the listing is tested for all at once elsewhere.
        suite.listing = lambda: None
        suite.run()


class Absolute(artgan.AdversarialLoss):
    def generator(self, fake, real):
        return (fake - 1).abs().mean()

    def discriminator(self, real, fake):
        return (real - 1).abs().mean() + fake.abs().mean()


class Backwards(Absolute):
    def generator(self, fake, real):
        return -super().generator(fake, real)


class MixedUp(Absolute):
    def discriminator(self, real, fake):
        return super().discriminator(fake, real)


class Overflows(Absolute):
    def discriminator(self, real, fake):
        return real.neg().exp().exp().mean() + fake.exp().exp().mean()


class NotMean(Absolute):
    def generator(self, fake, real):
        return (fake - 1).abs()


class IgnoresReal(Absolute):
    def discriminator(self, real, fake):
        return fake.abs().mean() - real.detach().mean()


class Remembers(Absolute):
    times = 0

    def generator(self, fake, real):
        self.times += 1
        return super().generator(fake, real) * self.times


class Random(Absolute):
    def discriminator(self, real, fake):
        return super().discriminator(real, fake) + 0 * torch.rand(())


class WantsReal(Absolute):
    def generator(self, fake, real):
        return (fake - real).abs().mean()


class WantsArguments(Absolute):
    def __init__(self, margin):
        self.margin = margin


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Backwards, r"generator\(\) is .* when its images look real"),
        (MixedUp, r"discriminator\(\) is .* when it is right"),
        (Overflows, "of torch.float32 logits from -100 to 100 is inf"),
        (NotMean, r"generator\(\) has shape \(16,\); it should be a scalar"),
        (IgnoresReal, r"discriminator\(\) ignores real images"),
        (Remembers, "gives different values for the same logits"),
        (Random, "uses torch's global random numbers"),
        (WantsReal, r"generator\(\) raised TypeError"),
        (WantsArguments, r"WantsArguments\(\) raised TypeError"),
    ],
)
def test_bad_losses_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_loss(kind)


class Brightness(artgan.Metric):
    needs = "images"

    def compute(self, real, generated):
        return {"brightness": float(abs(np.mean(real.images) - np.mean(generated.images)))}


class WrongWay(Brightness):
    higher_is_better = True


class Whole(Brightness):
    def compute(self, real, generated):
        return {"brightness": 3}


class Nothing(Brightness):
    def compute(self, real, generated):
        return {}


class Wavers(Brightness):
    def compute(self, real, generated):
        return {"brightness": super().compute(real, generated)["brightness"] + time.perf_counter()}


class Inverts(Brightness):
    def compute(self, real, generated):
        np.subtract(255, generated.images, out=generated.images)
        return super().compute(real, generated)


class NeedsMagic(Brightness):
    needs = "magic"


class PairsUp(Brightness):
    def compute(self, real, generated):
        return {"distance": float(np.abs(real.images.astype(float) - generated.images).mean())}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (WrongWay, "higher_is_better = True says that the first should be higher"),
        (Whole, "is 3; it should be a finite float"),
        (Nothing, "not a dict of numbers with at least one"),
        (Wavers, "of the same images gives"),
        (Inverts, "modifies its arguments"),
        (NeedsMagic, "needs is 'magic'"),
        (PairsUp, r"compute\(\) raised ValueError"),
    ],
)
def test_bad_metrics_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_metric(kind)


class Diary(artgan.Tracker):
    def log(self, step, metrics):
        with (self.run.path / "diary.txt").open("a") as file:
            print(step, metrics, file=file)


class Impatient(Diary):
    def log(self, step, metrics):
        self.path = self.run.path / f"{[*metrics][-1]}/{step}.txt"
        self.path.write_text("")


class NoSecondTime(Diary):
    def start(self, event):
        (self.run.path / "once").mkdir()


class Renames(Diary):
    def log(self, step, metrics):
        metrics["mine"] = 1.0


class FailsAtFailures(Diary):
    def finish(self, status):
        assert status != "failed"


class Demanding(Diary):
    requires = ("no_such_module",)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Impatient, "given the event Step, raised FileNotFoundError"),
        (NoSecondTime, "given the event Started, raised FileExistsError"),
        (Renames, "modifies the metrics"),
        (FailsAtFailures, "given the event Failed, raised AssertionError"),
        (Demanding, "`install` doesn't say what to install"),
    ],
)
def test_bad_trackers_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_tracker(kind)


class Brightest(artgan.Curator):
    def choose(self, features, scores, n):
        return (-features.mean(axis=1)).argsort(kind="stable")[:n]


class Repeats(Brightest):
    def choose(self, features, scores, n):
        return [0] * n


class TooFew(Brightest):
    def choose(self, features, scores, n):
        return super().choose(features, scores, n)[:-1]


class Beyond(Brightest):
    def choose(self, features, scores, n):
        return super().choose(features, scores, n) + 1


class NeedsScores(Brightest):
    def choose(self, features, scores, n):
        return (-scores).argsort()[:n]


class Dice(Brightest):
    def choose(self, features, scores, n):
        return np.random.default_rng().permutation(len(features))[:n]


class Together(Brightest):
    def features(self, images):
        found = super().features(images)
        return found - found.mean(axis=0)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Repeats, "chose the same picture twice"),
        (TooFew, "not 1 whole numbers"),
        (Beyond, "only 0 to 39 exist"),
        (NeedsScores, "without scores, raised TypeError"),
        (Dice, "makes a different choice the second time"),
        (Together, "depend on the other images of its batch"),
    ],
)
def test_bad_curators_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_curator(kind)


def hello(name: Annotated[str, typer.Option(help="Whom to greet.")] = "you"):
    """Say hello."""


def silent(name: Annotated[str, typer.Option(help="Whom to greet.")] = "you"):
    pass


def unexplained(name: str = "you"):
    """Say hello."""


group = typer.Typer(help="Many things.")
group.command()(hello)
group.command()(silent)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (silent, "`artgan silent` has no help: write a docstring"),
        (unexplained, "has a parameter 'name' without help"),
        (group, "`artgan command silent` has no help"),
        (3, "neither a function nor a typer.Typer"),
        ("no-such-command", "No command is called"),
    ],
)
def test_bad_commands_are_told_why(command, message):
    with pytest.raises(AssertionError, match=message):
        check_command(command)


def test_good_ones_pass():
    check_loss(Absolute)
    check_metric(Brightness)
    check_tracker(Diary)
    check_curator(Brightest)
    check_command(hello)

"""Checks that a model keeps the contract of :class:`artgan.Model`."""

import math
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.gallery.sampler import Sampler
from artgan.models.model import Model
from artgan.options import Options
from artgan.specs import ModelSpec
from artgan.testing.expect import calling, expect, find_class, make_options
from artgan.testing.rehearsal import Rehearsal, differing
from artgan.training import checkpoint

LABELS = ("zero", "one", "two")
SHAPES = (ImageInfo(1, 28, 28, LABELS), ImageInfo(3, 32, 32))
# Most models can't make this; all must say so in a clear way.
ODD_SHAPE = ImageInfo(3, 17, 29, LABELS)


def check_model(
    model: str | type[Model],
    *,
    info: ImageInfo | None = None,
    options: Mapping[str, Any] | None = None,
    batch_size: int = 8,
) -> list[ImageInfo]:
    """Check that a model can be built, trained, resumed, sampled and scored, on the CPU, on random images.

    Args:
        model: the class, or the name of an installed model.
        info: shape and label names of the images; None: 1x28x28 and 3x32x32, as far as the model takes them.
        options: what a user would set with ``-o``; small networks make a quick check.
        batch_size: images a step.

    Returns:
        What it was checked for.

    Raises:
        AssertionError: at the first thing that is wrong.
    """
    kind = find_class(model, Model, ModelSpec)
    _check_class(kind)
    chosen = make_options(kind, options)
    accepted = []
    refusals = []
    with torch.random.fork_rng(devices=[]):
        for asked in (info,) if info is not None else SHAPES:
            given = ImageInfo(*asked.shape, LABELS) if kind.conditional and not asked.labels else asked
            try:
                _build(kind, chosen, given)
            except UserError as refusal:
                refusals.append(str(refusal))
                continue
            _check_training(kind, chosen, given, batch_size)
            accepted.append(given)
        expect(
            accepted, f"{kind.__name__} takes none of the shapes it was tried with: {' '.join(refusals)} Pass info=."
        )
        _check_precision(kind, chosen, accepted[0], batch_size)
        try:
            _build(kind, chosen, ODD_SHAPE)
        except UserError as refusal:
            expect(str(refusal).strip(), f"{kind.__name__} refuses {ODD_SHAPE.shape} without a word of why.")
    return accepted


def _check_class(kind: type[Model]) -> None:
    name = kind.__name__
    expect(isinstance(kind.paper, str), f"{name}.paper is {kind.paper!r}, not a text.")
    expect(isinstance(kind.conditional, bool), f"{name}.conditional is {kind.conditional!r}, not a bool.")
    for attribute in ("default_steps", "default_batch_size"):
        value = getattr(kind, attribute)
        expect(isinstance(value, int) and value > 0, f"{name}.{attribute} is {value!r}, not a whole number above 0.")
    expect(
        isinstance(kind.averaged, tuple) and all(isinstance(network, str) for network in kind.averaged),
        f"{name}.averaged is {kind.averaged!r}, not a tuple of names of networks.",
    )


def _build(kind: type[Model], options: Options, info: ImageInfo) -> Model:
    """Raises :class:`UserError` if the model refuses these images."""
    what = f"{kind.__name__} for images of {info.shape}"
    try:
        built = kind.build(options, info)
    except UserError:
        raise
    except TypeError as error:
        raise AssertionError(f"{what} can't be built: {error}") from error
    except Exception as error:
        raise AssertionError(
            f"{what} raised {type(error).__name__}: {error}. If it can't be built for them, "
            "raise artgan.UserError and say for which it can."
        ) from error
    expect(
        getattr(built, "data", None) == info and getattr(built, "options", None) == options,
        f"{kind.__name__}.__init__ must begin with super().__init__(options, data).",
    )
    return built


def _check_training(kind: type[Model], options: Options, info: ImageInfo, batch_size: int) -> None:
    _check_attributes(_build(kind, options, info))
    whole = Rehearsal(kind, options, info, batch_size)
    whole.train()
    whole.check_learning()
    half = Rehearsal(kind, options, info, batch_size)
    half.train()
    other = differing(whole.model, half.model)
    expect(
        other is None,
        f"Two trainings of {kind.__name__} from the same seed differ (first in {other}). Draw random numbers from "
        "batch.latents() or batch.generator, or by torch's own functions.",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step-00000001.safetensors"
        with calling(f"Writing a checkpoint of {kind.__name__}"):
            half.save(path)
        resumed = Rehearsal(kind, options, info, batch_size)
        with calling(f"Reading a checkpoint of {kind.__name__}"):
            resumed.load(path)
    whole.train()
    resumed.train()
    other = differing(whole.model, resumed.model)
    expect(
        other is None,
        f"A resumed training of {kind.__name__} goes another way (first in {other}): something that changes "
        "while it trains is neither a parameter, nor a buffer, nor a function of batch.step.",
    )
    _check_sampling(whole, kind, options)


def _check_attributes(model: Model) -> None:
    name = type(model).__name__
    for network in model.averaged:
        expect(
            isinstance(getattr(model, network, None), nn.Module),
            f"{name}.averaged names '{network}', and the model has no such network.",
        )
    shape = model.latent_shape
    expect(
        isinstance(shape, tuple) and shape and all(isinstance(size, int) and size > 0 for size in shape),
        f"{name}.latent_shape is {shape!r}, not a tuple of whole numbers above 0.",
    )
    for images in (1, 512, 100_000):
        decay = model.average_decay(images)
        expect(
            isinstance(decay, float) and 0 <= decay < 1,
            f"{name}.average_decay({images}) is {decay!r}; it should be in [0, 1).",
        )


def _check_sampling(trained: Rehearsal, kind: type[Model], options: Options) -> None:
    average = trained.averaged()
    before = {name: tensor.clone() for name, tensor in average.state_dict().items()}
    _check_images(average)
    changed = next((name for name, t in average.state_dict().items() if not torch.equal(t, before[name])), None)
    expect(changed is None, f"{kind.__name__}: sampling changes the model ({changed}); it must leave it as it is.")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step-00000002.safetensors"
        trained.save(path)
        loaded = _build(kind, options, average.data)
        with calling(f"Reading a checkpoint of {kind.__name__}"):
            checkpoint.load_for_sampling(path, loaded)
    with calling(f"{kind.__name__}.sample()"):
        kept, again = (Sampler(one).sample(8, seed=1) for one in (average, loaded))
    expect(
        torch.equal(kept, again),
        f"{kind.__name__} makes other images once it went through a checkpoint: what sample() uses must be "
        "parameters or buffers.",
    )


@torch.inference_mode()
def _check_images(model: Model) -> None:
    name, info, count = type(model).__name__, model.data, 6
    latents = torch.randn(count, *model.latent_shape, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(count) % info.labels if model.conditional else None

    def sample(latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        what = f"{name}.sample(truncation={truncation:g})"
        with calling(what):
            images = model.sample(latents, labels, truncation)
        expect(isinstance(images, Tensor), f"{what} returned a {type(images).__name__}, not a tensor.")
        wanted = (len(latents), *info.shape)
        expect(tuple(images.shape) == wanted, f"{what} returned shape {tuple(images.shape)}, not {wanted}.")
        expect(images.is_floating_point(), f"{what} returned {images.dtype}, not floats.")
        expect(bool(torch.isfinite(images).all()), f"{what} returned values that aren't finite.")
        low, high = float(images.min()), float(images.max())
        expect(
            low >= -1.001 and high <= 1.001,
            f"{what} returned values from {low:.3g} to {high:.3g}; images are in [-1, 1].",
        )
        return images

    torch.manual_seed(1)
    images = sample(latents, labels)
    torch.manual_seed(2)
    expect(
        torch.equal(images, sample(latents, labels)),
        f"{name}.sample() gives other images for the same latents: it must draw no random numbers, and dropout "
        "and the like must be off in evaluation mode.",
    )
    halves = [slice(0, count // 2), slice(count // 2, count)] * 8
    parts = [(latents[half], None if labels is None else labels[half]) for half in halves]
    in_turn = [sample(*part) for part in parts[:2]]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(torch.inference_mode()(lambda part: model.sample(*part)), parts))
    expect(
        all(torch.allclose(made, in_turn[place % 2], atol=1e-3) for place, made in enumerate(at_once)),
        f"{name}.sample() gives other images when several threads call it at once: it must keep nothing on self.",
    )
    alone = sample(latents[:2], None if labels is None else labels[:2])
    expect(
        torch.allclose(alone, images[:2], atol=1e-2),
        f"{name}.sample(): an image depends on the others that are made with it.",
    )
    expect(float(images.std(dim=0).max()) > 0, f"{name}.sample() gives the same image for all latents.")
    sample(latents, labels, 0.5)
    if labels is not None:
        expect(
            not torch.equal(images, sample(latents, (labels + 1) % info.labels)) or info.labels == 1,
            f"{name} is conditional, but sample() gives the same images whatever the labels.",
        )
    with calling(f"{name}.score()"):
        scores = model.score(images, labels)
    if scores is not None:
        expect(
            isinstance(scores, Tensor) and scores.numel() == count,
            f"{name}.score() should be None or a tensor ({count},) for {count} images, and is {_shape(scores)}.",
        )
        expect(bool(torch.isfinite(scores).all()), f"{name}.score() returned values that aren't finite.")


def _check_precision(kind: type[Model], options: Options, info: ImageInfo, batch_size: int) -> None:
    rehearsal = Rehearsal(kind, options, info, batch_size, precision="bf16-mixed")
    rehearsal.train()
    for name, tensor in rehearsal.model.state_dict().items():
        expect(
            not tensor.is_floating_point() or math.isfinite(float(tensor.double().abs().sum())),
            f"{kind.__name__} trained with bf16-mixed precision has values in {name} that aren't finite.",
        )


def _shape(value: Any) -> str:
    return f"{tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"

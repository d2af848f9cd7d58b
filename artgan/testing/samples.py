"""Checks of a model's images, labels and scores."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from artgan.models.latent_model import LatentModel
from artgan.models.styles import StyleModel
from artgan.testing.expect import calling, expect

COUNT = 6


def inputs(model: LatentModel, count: int) -> tuple[Tensor, Tensor | None]:
    """Return latents (count, *latent_shape), and labels if the model is conditional."""
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    latents = torch.randn(count, *model.latent_shape, generator=torch.Generator().manual_seed(1)).to(device)
    return latents, (torch.arange(count, device=device) % model.data.labels if model.conditional else None)


def sample(model: LatentModel, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
    """Sample images, and check their shape, type and range."""
    what = f"{type(model).__name__}.sample(truncation={truncation:g})"
    with calling(what):
        images = model.sample(latents, labels, truncation)
    expect(isinstance(images, Tensor), f"{what} returned a {type(images).__name__}, not a tensor.")
    wanted = (len(latents), *model.data.shape)
    expect(tuple(images.shape) == wanted, f"{what} returned shape {tuple(images.shape)}, not {wanted}.")
    expect(images.is_floating_point(), f"{what} returned {images.dtype}, not floats.")
    expect(bool(torch.isfinite(images).all()), f"{what} returned values that aren't finite.")
    low, high = float(images.min()), float(images.max())
    expect(
        low >= -1.001 and high <= 1.001,
        f"{what} returned values from {low:.3g} to {high:.3g}; images must be in [-1, 1].",
    )
    return images


@torch.inference_mode()
def check_images(model: LatentModel) -> None:
    """Check that an image depends only on its latent and label, not on others made with it or at the same time."""
    name = type(model).__name__
    latents, labels = inputs(model, COUNT)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        images = sample(model, latents, labels)
        torch.manual_seed(2)
        again = sample(model, latents, labels)
    expect(
        torch.equal(images, again),
        f"{name}.sample() gives different images for the same latents: it must not draw random numbers, and "
        "dropout and the like must be off in evaluation mode.",
    )
    halves = [slice(0, COUNT // 2), slice(COUNT // 2, COUNT)] * 8
    parts = [(latents[half], None if labels is None else labels[half]) for half in halves]
    in_turn = [sample(model, *part) for part in parts[:2]]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(torch.inference_mode()(lambda part: model.sample(*part)), parts))
    expect(
        all(torch.allclose(made, in_turn[place % 2], atol=1e-3) for place, made in enumerate(at_once)),
        f"{name}.sample() gives different images when several threads call it: it must not store anything on self.",
    )
    alone = sample(model, latents[:2], None if labels is None else labels[:2])
    expect(
        torch.allclose(alone, images[:2], atol=1e-2),
        f"{name}.sample(): an image depends on the other images of its batch.",
    )
    expect(float(images.std(dim=0).max()) > 0, f"{name}.sample() gives the same image for all latents.")
    sample(model, latents, labels, 0.5)


@torch.inference_mode()
def check_labels(model: LatentModel) -> None:
    """Check that a conditional model uses its labels, and accepts all of them."""
    latents, labels = inputs(model, max(COUNT, model.data.labels))
    images = sample(model, latents, labels)
    if labels is not None:
        expect(
            model.data.labels == 1 or not torch.equal(images, sample(model, latents, (labels + 1) % model.data.labels)),
            f"{type(model).__name__} is conditional, but sample() gives the same images whatever the labels.",
        )


@torch.inference_mode()
def check_scores(model: LatentModel) -> None:
    """Check that scores are None, or one finite number per image."""
    name, (latents, labels) = type(model).__name__, inputs(model, COUNT)
    images = sample(model, latents, labels)
    with calling(f"{name}.score()"):
        scores = model.score(images, labels)
    if scores is None:
        return
    expect(
        isinstance(scores, Tensor) and scores.numel() == COUNT,
        f"{name}.score() should be None or a tensor ({COUNT},) for {COUNT} images, but is {_shape(scores)}.",
    )
    expect(bool(torch.isfinite(scores).all()), f"{name}.score() returned values that aren't finite.")


@torch.inference_mode()
def check_styles(model: StyleModel) -> None:
    """Check that images are those of their styles, and that the style of every layer matters."""
    name, (latents, labels) = type(model).__name__, inputs(model, COUNT)
    images = sample(model, latents, labels)
    with calling(f"{name}.styles()"):
        styles = model.styles(latents, labels)
    expect(
        isinstance(styles, Tensor) and styles.dim() == 3 and len(styles) == COUNT and styles.shape[1] > 1,
        f"{name}.styles() should be ({COUNT}, layers, style_dim) for {COUNT} latents, with two layers or more, but is "
        f"{_shape(styles)}.",
    )
    expect(bool(torch.isfinite(styles).all()), f"{name}.styles() returned values that aren't finite.")
    expect(
        torch.allclose(_synthesised(model, styles), images, atol=1e-3),
        f"{name}.synthesise() makes different images from the styles of latents than {name}.sample() from the latents.",
    )
    for truncation in (1.0, 0.5):
        alone = model.styles(latents[:2], None if labels is None else labels[:2], truncation)
        expect(
            torch.allclose(alone, model.styles(latents, labels, truncation)[:2], atol=1e-2),
            f"{name}.styles(): a style depends on the other styles of its batch.",
        )
    for layer in range(styles.shape[1]):
        mixed = styles.clone()
        mixed[:, layer] = styles[:, layer].roll(1, 0)
        expect(
            not torch.equal(_synthesised(model, mixed), images),
            f"{name}.synthesise(): the style of layer {layer} doesn't change any image.",
        )


def _synthesised(model: StyleModel, styles: Tensor) -> Tensor:
    what = f"{type(model).__name__}.synthesise()"
    with calling(what):
        images = model.synthesise(styles)
    expect(isinstance(images, Tensor), f"{what} returned a {type(images).__name__}, not a tensor.")
    wanted = (len(styles), *model.data.shape)
    expect(tuple(images.shape) == wanted, f"{what} returned shape {tuple(images.shape)}, not {wanted}.")
    expect(bool(torch.isfinite(images).all()), f"{what} returned values that aren't finite.")
    expect(float(images.abs().max()) <= 1.001, f"{what} returned values outside [-1, 1].")
    return images


def _shape(value: object) -> str:
    return f"{tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"

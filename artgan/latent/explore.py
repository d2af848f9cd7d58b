"""Strips that show the main directions of variation: the same images, moved along each direction both ways."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from artgan.errors import UserError
from artgan.imaging import png, video
from artgan.imaging.contact_sheet import ContactSheet
from artgan.latent.directions import Directions, find_directions
from artgan.latent.style_layers import parse_layers, require_styles
from artgan.models.styles import StyleModel
from artgan.plugins.errors import plugin_call, plugin_errors
from artgan.requests.explore import ExploreRequest
from artgan.runs import dependencies
from artgan.sampling.latents import choose
from artgan.sampling.load import load_model
from artgan.sampling.provenance import maker
from artgan.sampling.sampler import Sampler, to_uint8
from artgan.util import files

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

# Images to find directions with (if the operations before the first layers aren't linear), and styles to measure them.
FOUND_WITH = 16
MEASURED_WITH = 256
FPS = 24
SUFFIXES = (".png", *video.SUFFIXES)


@dataclass(frozen=True, slots=True)
class Explored:
    """The result of :func:`explore`.

    Attributes:
        path: the file.
        shares: share of the variation at the input of the network's first layers along each direction, in order.
        moved: ``"latents"`` or ``"styles"``.
        entrances: number of layers that these enter.
        layers: indices of the layers whose styles were moved; None for latents.
        frames: number of frames of a video; 1 for an image.
        seconds: length of a video; 0 for an image.
        size: width and height in pixels.
    """

    path: Path
    shares: list[float]
    moved: str
    entrances: int
    layers: list[int] | None
    frames: int
    seconds: float
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """The space to move in: ``draw(base, labels, shifts)`` maps shifts (N, …) from the base to images (N, C, H, W)."""

    base: Tensor
    labels: Tensor | None
    draw: Callable[..., Tensor]
    found: Directions
    deviations: NDArray[np.float64]


def explore(run: "RunFolder", request: ExploreRequest) -> Explored:
    """Show what a generator varies most (:mod:`artgan.latent.directions`). See :func:`artgan.explore`."""
    path, truncation, directions = Path(request.out), request.truncation, request.directions
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"Unknown format of {path.name}: --out must end in {', '.join(SUFFIXES)}.")
    if path.suffix.lower() != ".png":
        video.check(path, FPS)
    files.require_place(path)
    chosen = run.checkpoint(request.checkpoint)
    sampler = Sampler(load_model(run, chosen, device=request.device))
    if request.layers is not None:
        require_styles(run, sampler.model)
    images = choose(sampler, range(request.n), request.seed, request.seeds, request.labels)
    asked = None if images.labels is None else torch.from_numpy(images.labels)
    with plugin_errors(dependencies.maker(run.details), lambda: "while exploring its directions", only_calls=True):
        latents = torch.from_numpy(images.values)
        taken: list[int] | None = None
        if isinstance(sampler.model, StyleModel):
            space, taken = _styles(sampler, sampler.model, latents, asked, request.layers or "all", truncation)
        else:
            space = _latents(run, sampler, latents, asked, truncation)
        if directions > len(space.found.shares):
            raise UserError(f"--directions must be at most {len(space.found.shares)} for this model, not {directions}.")
        if path.suffix.lower() == ".png":
            sheet = _strips(sampler, space, request)
            said = maker(run, chosen) | {
                "kind": "explore",
                "images": images.described(),
                "moved": "latents" if taken is None else "styles",
                "layers": taken,
                "directions": directions,
                "reach": request.reach,
                "steps": request.steps,
                "truncation": truncation,
                "scale": sheet.scale,
            }
            shown, frames = sheet.picture(), 1
            with files.write_errors(path), files.replacing(path) as temporary:
                png.save(shown, temporary, json.dumps(said, ensure_ascii=False))
            size = shown.size
        else:
            frames = 2 * FPS
            sizes: list[tuple[int, int]] = []

            def pictures() -> Iterator[Image.Image]:
                for number in range(frames):
                    way = request.reach * math.sin(2 * math.pi * number / frames)
                    sheet = _columns(sampler, space, way, directions, request.scale)
                    sizes.append(sheet.size)
                    yield sheet
                    request.report(number + 1, frames)

            video.write(pictures(), path, FPS)
            size = sizes[0]
    shares = [float(share) for share in space.found.shares[:directions]]
    moved = "latents" if taken is None else "styles"
    return Explored(path, shares, moved, space.found.layers, taken, frames, frames / FPS if frames > 1 else 0.0, size)


def _latents(run: "RunFolder", sampler: Sampler, latents: Tensor, labels: Tensor | None, truncation: float) -> _Space:
    model = sampler.model

    def draw(base: Tensor, labels: Tensor | None, shifts: Tensor) -> Tensor:
        with plugin_call():
            return model.sample(base + shifts, labels, truncation)

    typical, asked = _typical(sampler, FOUND_WITH)
    found = find_directions(lambda shifts: draw(typical, asked, shifts), torch.zeros_like(typical), model)
    if found is None:
        raise UserError(
            f"{run.name} can't be explored: the latents of its model, {run.details.config.model}, don't enter any "
            "linear layer or convolution, or gradients don't reach it."
        )
    # Latents are standard normal in every direction.
    return _Space(latents, labels, draw, found, np.ones(len(found.shares)))


def _styles(
    sampler: Sampler, model: StyleModel, latents: Tensor, labels: Tensor | None, layers: str, truncation: float
) -> tuple[_Space, list[int]]:
    def styles(latents: Tensor, labels: Tensor | None) -> Tensor:
        with plugin_call():
            return model.styles(latents, labels, truncation)

    # Clone, because tensors made in inference mode can't take part in gradients.
    base = sampler.whole(styles, latents, labels).clone()
    taken = parse_layers(layers, base.shape[1])
    mask = torch.zeros(base.shape[1], 1, device=sampler.device)
    mask[taken] = 1

    def draw(base: Tensor, labels: Tensor | None, shifts: Tensor) -> Tensor:
        with plugin_call():
            return model.synthesise(base + mask * shifts[:, None])

    typical = sampler.whole(styles, *_typical(sampler, MEASURED_WITH)).clone()
    few = typical[:FOUND_WITH].to(sampler.device)
    found = find_directions(lambda shifts: draw(few, None, shifts), torch.zeros_like(few[:, 0]), model)
    if found is None:
        raise UserError(
            f"{type(model).__name__} can't be explored: its styles don't enter any linear layer or convolution, or "
            "gradients don't reach it."
        )
    along = typical[:, taken].numpy() @ found.vectors.T
    return _Space(base, labels, draw, found, along.std(axis=0).mean(axis=0).astype(np.float64)), taken


def _typical(sampler: Sampler, count: int) -> tuple[Tensor, Tensor | None]:
    """Draw latents and labels independently of the images, so that the directions are the same for all seeds."""
    values, labels = sampler.latents(range(count), 0)
    asked = None if labels is None else torch.from_numpy(labels).to(sampler.device)
    return torch.from_numpy(values).to(sampler.device), asked


def _moved(sampler: Sampler, space: _Space, rows: list[tuple[int, int, float]]) -> NDArray[np.uint8]:
    """Draw images (N, H, W, C), one per row (image, direction, standard deviations)."""
    vectors = torch.from_numpy(space.found.vectors)
    images = [image for image, _, _ in rows]
    way = torch.tensor([way * space.deviations[direction] for _, direction, way in rows], dtype=torch.float32)
    unit = vectors[[direction for _, direction, _ in rows]]
    shifts = unit * way.reshape(-1, *[1] * (unit.dim() - 1))
    labels = None if space.labels is None else space.labels[images]
    return png.arrays(to_uint8(sampler.whole(space.draw, space.base[images], labels, shifts)))


def _strips(sampler: Sampler, space: _Space, request: ExploreRequest) -> ContactSheet:
    """Draw a sheet with one row per direction and image, and one column per step."""
    count = len(space.base)
    ways = [float(way) for way in np.linspace(-request.reach, request.reach, request.steps)]
    rows = [
        (image, direction, way) for direction in range(request.directions) for image in range(count) for way in ways
    ]
    sheet = ContactSheet(len(rows), sampler.info, len(ways), request.scale)
    if sheet.shown < len(rows) or sheet.columns < len(ways):
        raise UserError("Too many images for one picture: reduce --directions, --steps or --n.")
    for first in range(0, len(rows), sampler.block):
        some = rows[first : first + sampler.block]
        for place, image in enumerate(_moved(sampler, space, some)):
            sheet.put(first + place, image)
        request.report(first + len(some), len(rows))
    return sheet


def _columns(sampler: Sampler, space: _Space, way: float, directions: int, scale: int | None) -> Image.Image:
    """Draw a frame with one column per direction and one row per image, all moved by the same amount."""
    rows = [(image, direction, way) for image in range(len(space.base)) for direction in range(directions)]
    sheet = ContactSheet(len(rows), sampler.info, directions, scale)
    for place, image in enumerate(_moved(sampler, space, rows)):
        sheet.put(place, image)
    return sheet.picture()

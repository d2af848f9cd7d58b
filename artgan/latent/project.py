"""Projection: search for the latent whose image is nearest to a given one."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.compat.adam import Adam
from artgan.data.preprocess_like import preprocess_like
from artgan.errors import ArtganError, UserError
from artgan.imaging import png
from artgan.imaging.contact_sheet import contact_sheet
from artgan.latent.distance import distance
from artgan.plugins.errors import plugin_call, plugin_errors
from artgan.requests.project import ProjectRequest
from artgan.runs import dependencies
from artgan.sampling.load import load_model
from artgan.sampling.provenance import hold, maker
from artgan.sampling.sampler import Sampler, resolve_labels
from artgan.util.files import creating, require_writable

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

NEAREST = "nearest.png"
PROGRESS = "progress.png"
LATENT = "latent.json"

RATE = 0.1
# Fractions of the search after which its progress is shown.
SHOWN = (0.0, 0.05, 0.15, 0.4)
# Standard normal latents of D numbers have length sqrt(D) ± 0.7; two or three in a thousand exceed this allowance.
LONGER = 2.0


@dataclass(frozen=True, slots=True)
class Projected:
    """The result of :func:`project`.

    Attributes:
        folder: the folder with ``nearest.png``, ``progress.png`` and ``latent.json``.
        distance: distance of the nearest image found; see :func:`artgan.latent.distance.distance`.
        random_distance: mean distance of random images.
        best_random_distance: distance of the nearest random image.
        candidates: number of random images.
        label: number and name of its label; None if the model is unconditional.
    """

    folder: Path
    distance: float
    random_distance: float
    best_random_distance: float
    candidates: int
    label: tuple[int, str] | None


@dataclass(slots=True, eq=False)
class _Search:
    """State of the search, for S starting points: (S, …) each."""

    latents: Tensor
    labels: Tensor | None
    best: Tensor
    distances: Tensor
    shown: list[Tensor]


def project(run: "RunFolder", request: ProjectRequest) -> Projected:
    """Search for the latent whose image is nearest to a given one. See :func:`artgan.project`."""
    image, truncation, candidates = Path(request.image), request.truncation, request.candidates
    folder = _folder(image, request.out)
    target = preprocess_like(run.image_info(), run.details.data.options, image)
    chosen = run.checkpoint(request.checkpoint)
    require_writable(folder.parent)
    sampler = Sampler(load_model(run, chosen, device=request.device))
    wanted = _scaled(target).to(sampler.device)
    with plugin_errors(dependencies.maker(run.details), lambda: "while searching for a latent", only_calls=True):
        latents, labels, apart = _candidates(sampler, request, wanted)
        search = _move(sampler, request, latents, labels, apart, wanted)
        first = int(search.distances.argmin())
        path = torch.stack([search.best[first], *(shown[first] for shown in search.shown)]).numpy()
        asked = None if search.labels is None else search.labels[first : first + 1]
        labels_on_the_way = None if asked is None else asked.repeat(len(path)).numpy()
        images = sampler.render(path, labels_on_the_way, truncation)
    number = None if asked is None else int(asked)
    named = None if number is None else (number, sampler.info.label_names[number])
    # Measure the image as it is saved, quantised to 8 bits.
    found = float(distance(_scaled(png.arrays(images[:1])[0]), wanted.cpu()))
    result = Projected(folder, found, float(apart.mean()), float(apart.min()), candidates, named)
    said = maker(run, chosen) | {
        "kind": "project",
        "picture": image.name,
        "latent": path[0].tolist(),
        "label": number,
        "label_name": named[1] if named else None,
        "truncation": truncation,
        "scale": request.scale,
        "distance": round(found, 6),
        "random_distance": round(result.random_distance, 6),
        "search": {
            "seed": request.seed,
            "starts": request.starts,
            "candidates": candidates,
            "steps": request.steps,
        },
    }
    _write(folder, said, target, png.arrays(images), request.scale)
    hold(run, chosen, said)
    return result


def _folder(image: Path, out: str | os.PathLike[str] | None) -> Path:
    if out is not None:
        if os.path.lexists(out):
            raise UserError(f"{out} already exists: choose another --out, or move it away.")
        return Path(out)
    path, count = Path(f"{image.stem}-projected"), 1
    while os.path.lexists(path):
        count += 1
        path = Path(f"{image.stem}-projected-{count}")
    return path


def _candidates(sampler: Sampler, request: ProjectRequest, wanted: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
    """Draw random latents (N, …) and labels (N,); return them with their images' distances to the target (N,)."""
    label = request.label
    if label is not None:
        sampler.label_cycle([label])  # raises for an invalid label
    conditional = sampler.model.conditional and sampler.info.labels
    asked: Any = None if not conditional else "each" if label is None else resolve_labels([label], sampler.info)
    values, numbers = sampler.latents(range(request.candidates), request.seed, asked)
    latents, labels = torch.from_numpy(values), None if numbers is None else torch.from_numpy(numbers)

    def apart(some: Tensor, own: Tensor | None) -> Tensor:
        with plugin_call():
            images = sampler.model.sample(some, own, request.truncation)
        return distance(images, wanted)

    return latents, labels, sampler.whole(apart, latents, labels).clone()


def _move(
    sampler: Sampler,
    request: ProjectRequest,
    latents: Tensor,
    labels: Tensor | None,
    apart: Tensor,
    wanted: Tensor,
) -> _Search:
    """Optimise the nearest of the latents; return the best of each, and snapshots of its progress."""
    steps = request.steps
    nearest = apart.argsort(stable=True)[: request.starts]
    moving = latents[nearest].to(sampler.device).requires_grad_()
    asked = None if labels is None else labels[nearest].to(sampler.device)
    search = _Search(moving, asked, moving.detach().clone(), apart[nearest].to(sampler.device), [])
    longest = moving[0].numel() ** 0.5 + LONGER
    adam = Adam([moving], lr=RATE)
    stops = [round(share * steps) for share in SHOWN]
    sampler.model.requires_grad_(False)  # it was loaded for this search, which only changes latents
    for step in range(steps + 1):
        search.shown += [moving.detach().cpu().clone()] * stops.count(step)
        with torch.enable_grad():
            with plugin_call():
                images = sampler.model.sample(moving, asked, request.truncation)
            lengths = distance(images, wanted)
        with torch.no_grad():
            better = lengths < search.distances
            search.best[better] = moving[better]
            search.distances[better] = lengths[better]
        request.report(step, steps)
        if step == steps:
            break
        if not lengths.requires_grad:
            raise ArtganError(
                f"{type(sampler.model).__name__}.sample() doesn't let gradients through, which the search for a latent "
                "needs."
            )
        for group in adam.param_groups:
            group["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        (moving.grad,) = torch.autograd.grad(lengths.sum(), moving)
        adam.step()
        with torch.no_grad():
            sizes = moving.flatten(1).norm(dim=1).clamp(min=longest).reshape(-1, *[1] * (moving.dim() - 1))
            moving.mul_(longest / sizes)
    search.best, search.labels = search.best.cpu(), None if asked is None else asked.cpu()
    return search


def _scaled(image: NDArray[np.uint8]) -> Tensor:
    """Convert an image (H, W, C) uint8 to (1, C, H, W) in [-1, 1]."""
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1


def _write(
    folder: Path, said: dict[str, Any], target: NDArray[np.uint8], images: NDArray[np.uint8], scale: int
) -> None:
    """Write the folder atomically; ``images`` are the nearest image, then snapshots of the search."""
    text = json.dumps(said, ensure_ascii=False)
    sheet = contact_sheet(np.stack([target, *images]), columns=1 + len(images))
    with creating(folder) as hidden:
        (hidden / NEAREST).write_bytes(png.annotate(png.encode(images[0], scale), text))
        about = {key: value for key, value in said.items() if key not in ("latent", "scale")}
        png.save(sheet, hidden / PROGRESS, json.dumps(about, ensure_ascii=False))
        (hidden / LATENT).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

"""Latents and labels of chosen images: by seed, or from a file written by ``artgan project``."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.errors import UserError
from artgan.imaging.png import KEY
from artgan.models.latent_model import LatentModel
from artgan.sampling.sampler import Labels, Sampler, check_seed

Paths = Sequence[str | Path]


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """Latents and labels of some images.

    Attributes:
        values: latents (N, *latent_shape) float32.
        labels: (N,) int64, or None if the model is unconditional.
        origins: where each comes from, for the record: seed and index, or the file's name.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.int64] | None
    origins: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.values)

    def described(self) -> list[dict[str, Any]]:
        """Return metadata of each: where it comes from, and its label's number if it has one."""
        numbers = [None] * len(self) if self.labels is None else self.labels.tolist()
        return [
            own | ({} if label is None else {"label": label}) for own, label in zip(self.origins, numbers, strict=True)
        ]


def choose(
    sampler: Sampler, indices: Sequence[int], seed: int = 0, seeds: Sequence[int] | None = None, labels: Labels = None
) -> Latents:
    """Return latents of the images ``indices`` of ``seed``, or of image 0 of each of ``seeds``, cycling ``labels``.

    Raises:
        UserError: for an invalid seed or label.
    """
    for one in seeds or [seed]:
        check_seed(one)
    if seeds is None:
        values, numbers = sampler.latents(indices, seed, labels)
        return Latents(values, numbers, [{"seed": seed, "index": index} for index in indices])
    drawn = [sampler.latents([0], one, labels) for one in seeds]
    cycle = sampler.label_cycle(labels)
    if cycle:  # image 0 of each seed would always get the first label
        numbers = np.array([cycle[number % len(cycle)] for number in range(len(drawn))])
    else:
        known = [own for _, own in drawn if own is not None]
        numbers = np.concatenate(known) if known else None
    origins = [{"seed": one, "index": 0} for one in seeds]
    return Latents(np.concatenate([found for found, _ in drawn]), numbers, origins)


def read_all(paths: Paths, sampler: Sampler, checkpoint_sha256: str) -> Latents:
    """Read latents from files written by ``artgan project``: its ``latent.json``, or its picture.

    Warns if they belong to another checkpoint, since this one makes different pictures from them.

    Raises:
        UserError: if a file can't be read, or contains no latent of this model.
    """
    records = [_read(Path(path)) for path in paths]
    found = [from_record(record, sampler.model, str(path)) for path, record in zip(paths, records, strict=True)]
    for path, record in zip(paths, records, strict=True):
        if record.get("checkpoint_sha256") != checkpoint_sha256:
            warnings.warn(
                f"{path} belongs to another checkpoint ({record.get('run')}, {record.get('checkpoint')}), so it makes "
                "a different picture here.",
                stacklevel=2,
            )
    labels = [own.labels for own in found if own.labels is not None]
    return Latents(
        np.concatenate([own.values for own in found]),
        np.concatenate(labels) if labels else None,
        [{"latent": Path(path).name} for path in paths],
    )


def from_record(record: Mapping[str, Any], model: LatentModel, name: str) -> Latents:
    """Read ``latent`` and ``label`` from metadata. Raises :class:`UserError` that names ``name``."""
    try:
        values = np.array(record["latent"], dtype=np.float32)
    except (KeyError, ValueError, TypeError):
        raise UserError(f"{name} contains no latent: expected a file that `artgan project` wrote.") from None
    if values.shape != model.latent_shape or not np.isfinite(values).all():
        raise UserError(
            f"{name} contains a latent of shape {values.shape}, but this model's latents have shape "
            f"{model.latent_shape}: it belongs to another model."
        )
    if not model.conditional:
        return Latents(values[None], None, [])
    label = record.get("label")
    if type(label) is not int or not 0 <= label < model.data.labels:
        raise UserError(f"{name} has the label {label!r}, but this model's are 0 to {model.data.labels - 1}.")
    return Latents(values[None], np.array([label], dtype=np.int64), [])


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.suffix.lower() == ".png":
            with Image.open(path, formats=["PNG"]) as picture:
                picture.load()
                found = json.loads(picture.info.get(KEY, ""))
        else:
            found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} doesn't exist.") from None
    except (OSError, ValueError, SyntaxError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UserError(
            f"{path} contains no latent: expected a latent.json or nearest.png that `artgan project` wrote."
        )
    return found

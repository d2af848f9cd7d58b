"""The checkpoint format: a safetensors file with all tensors, and the rest as JSON in its header. Never pickle.

Tensors are named ``networks/…`` (as trained), ``average/…`` (the moving average, where it differs),
``optimizers/<number>/<parameter>/<name>``, and ``meter/<name>`` for the running sums of the next line of metrics.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from artgan.errors import ArtganError, Damaged
from artgan.runs import checksum
from artgan.runs.entries import Progress
from artgan.util.files import replacing, write_errors
from artgan.util.json_object import Mismatch
from artgan.util.schema import NUMBER, has_shape

FORMAT = checksum.FORMAT
# The same, but without a checksum.
OLDER_FORMATS = ("1",)
# More steps, images or seconds than any training has.
_MOST = 2**53
PROGRESS = {
    "step!": int,
    "images!": int,
    "seconds!": NUMBER,
    "losses!": {str: NUMBER},
    "recoveries": int,
    "watch": {
        "images": NUMBER,
        "since": {str: int},
        "sheets": [NUMBER],
        "best_variety": NUMBER,
        "evaluations": {str: [[NUMBER]]},
    },
}


def checkpoint_path(folder: Path, step: int) -> Path:
    """Return the path of the checkpoint after ``step`` steps."""
    return folder / f"step-{step:08d}.safetensors"


def write(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Write a checkpoint, completely or not at all, and read it back to verify it.

    Raises:
        ArtganError: if it can't be written, or differs when it is read back.
    """
    # clone(): two names may share memory (tied weights), which safetensors refuses.
    flat = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    with write_errors(path):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            try:
                save_file(flat, temporary, metadata={**header, "format": FORMAT, checksum.KEY: checksum.BLANK})
                checksum.seal(temporary)
                _verify(temporary, flat)
            except (SafetensorError, Damaged) as error:
                raise OSError(f"{error}") from error


def _verify(path: Path, tensors: dict[str, Tensor]) -> None:
    """Raise :class:`Damaged` unless the file holds these tensors, bit for bit."""
    checksum.check(path)
    with safe_open(path, framework="pt") as file:
        for name, tensor in tensors.items():
            if not torch.equal(_bytes(file.get_tensor(name)), _bytes(tensor)):
                raise Damaged(path, f"{name} reads back differently")


def _bytes(tensor: Tensor) -> Tensor:
    """Return a tensor as bytes, in which NaN equals itself."""
    return tensor.reshape(-1).view(torch.uint8)


def load_progress(path: Path) -> Progress:
    """Return the progress that a checkpoint was saved with. Raises :class:`ArtganError` if it is unusable."""
    with opened(path) as file:
        return parse_progress(path, file.metadata())


def load_header(path: Path) -> dict[str, str]:
    """Return the metadata beside a checkpoint's tensors. Raises :class:`ArtganError` if it is unusable."""
    with opened(path) as file:
        return dict(file.metadata())


def load_networks(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors of a checkpoint's networks by name: as trained, and the moving average of those that have one.

    Raises:
        ArtganError: if it is damaged, or has another version.
    """
    with opened(path) as file:
        names = list(file.keys())
        found: tuple[dict[str, Tensor], dict[str, Tensor]] = ({}, {})
        for part, tensors in zip(("networks/", "average/"), found, strict=True):
            tensors.update({n.removeprefix(part): file.get_tensor(n) for n in names if n.startswith(part)})
    return found


def parse_progress(path: Path, header: dict[str, str]) -> Progress:
    """Return the progress in a checkpoint's header, after checking that it is what artgan writes."""
    try:
        found = json.loads(header["progress"])
        progress = Progress.parse(found)
        if has_shape(found, PROGRESS) and all(
            0 <= n <= _MOST for n in (progress.step, progress.images, progress.seconds)
        ):
            return progress
    except (ValueError, KeyError, Mismatch, RecursionError):
        pass
    raise Damaged(path, "its progress is malformed")


def load_into(module: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Load tensors of the checkpoint ``path`` into ``module``. Raises :class:`ArtganError` if they don't fit."""
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        expected = module.state_dict()
        odd = sorted(state.keys() ^ expected.keys()) or [n for n in expected if expected[n].shape != state[n].shape]
        raise ArtganError(
            f"{path} was written by another version of its model: {len(odd)} tensors don't fit, such as {odd[0]}. "
            "Install the version that wrote it (`artgan runs RUN` names it)."
        ) from error


def opened(path: Path) -> Any:
    """Open a checkpoint. Raises :class:`Damaged`, or :class:`ArtganError` for another format."""
    checksum.check(path)
    try:
        file = safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise Damaged(path, f"{error}") from error
    found = (file.metadata() or {}).get("format")
    if found == FORMAT or found in OLDER_FORMATS:
        return file
    if found is not None and found.isdecimal() and int(found) > int(FORMAT):
        raise ArtganError(
            f"{path} has checkpoint format {found}, which a newer artgan wrote; this one reads format {FORMAT}. "
            "Install the newest version."
        )
    raise ArtganError(f"{path} isn't an artgan checkpoint: its format is {found} instead of {FORMAT}.")

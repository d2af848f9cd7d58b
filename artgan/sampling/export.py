"""Export a generator for programs without artgan, as a torch program or as ONNX."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artgan.errors import ArtganError, UserError
from artgan.models.latent_model import LatentModel, require_latents
from artgan.sampling.load import load_model
from artgan.sampling.sampler import check_truncation
from artgan.util import files
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

SUFFIXES = (".pt2", ".onnx")
# How much images of the exported generator may differ from the original's in [-1, 1]: half a step of 255.
MOST_DIFFERENCE = 1 / 255
CHECKED = 8
EXAMPLE = 4


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported generator.

    Attributes:
        path: the file.
        inputs: names and shapes; ``None`` stands for any number of images.
        difference: the largest difference between its images and the original's, in [0, 2].
    """

    path: Path
    inputs: dict[str, tuple[int | None, ...]]
    difference: float


class Drawing(nn.Module):
    """Makes images (N, C, H, W) in [-1, 1] from latents (N, …), and labels (N,) int64 if the model is conditional."""

    def __init__(self, model: LatentModel, truncation: float) -> None:
        super().__init__()
        self.model, self.truncation = model, truncation

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images (N, C, H, W) in [-1, 1]."""
        return self.model.sample(latents, labels, self.truncation)


@oom_hint("export a smaller model, or use a machine with more")
def export(
    run: "RunFolder",
    out: str | os.PathLike[str],
    *,
    truncation: float = 1.0,
    checkpoint: str | int | Path | None = None,
) -> Exported:
    """Write the averaged generator of a run to a file, and check that it makes the same images.

    Args:
        run: the run.
        out: the file: ``.pt2`` for ``torch.export.load``, ``.onnx`` for ONNX runtimes.
        truncation: in (0, 1]; fixed in the file.
        checkpoint: a checkpoint of the run; None: the latest.

    Raises:
        UserError: for an unknown suffix, an invalid truncation, a missing library, a run without a checkpoint, or a
            model that doesn't make images from latents.
        ArtganError: if the model can't be exported, or the file can't be written or makes different images.
    """
    path = Path(out)
    if path.suffix not in SUFFIXES:
        raise UserError(f"Unknown export format '{path.suffix or path.name}': use {' or '.join(SUFFIXES)}.")
    check_truncation(truncation)
    files.require_place(path)
    model = require_latents(load_model(run, checkpoint, device="cpu"))
    drawing = Drawing(model, truncation).eval()
    labels = model.data.labels if model.conditional else 0
    inputs: dict[str, tuple[int | None, ...]] = {"latents": (None, *model.latent_shape)}
    if labels:
        inputs["labels"] = (None,)
    write, read = (_write_onnx, _read_onnx) if path.suffix == ".onnx" else (_write_program, _read_program)
    example = _arguments(model.latent_shape, labels, EXAMPLE)
    try:
        with torch.no_grad():
            program = torch.export.export(drawing, example, dynamic_shapes=_any_number(example))
    # Tracing fails with a dozen kinds of errors.
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise ArtganError(f"The model of {run.name} can't be exported: {first}") from error
    with files.write_errors(path), files.replacing(path) as temporary:
        write(program, temporary, list(inputs))
        # A different number of images from the example's: the file must not have it fixed.
        arguments = _arguments(model.latent_shape, labels, CHECKED)
        with torch.no_grad():
            original = drawing(*arguments).numpy()
        made = read(temporary)([argument.numpy() for argument in arguments])
        difference = float(np.abs(original - made).max())
        if made.shape != original.shape or not difference <= MOST_DIFFERENCE:
            raise ArtganError(
                f"{path.name} makes different images from {run.name} (by up to {difference:.3g}), so it wasn't written."
            )
    return Exported(path, inputs, difference)


def _arguments(latent_shape: tuple[int, ...], labels: int, count: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(count, *latent_shape, generator=generator)
    return (latents, torch.arange(count) % labels) if labels else (latents,)


def _any_number(arguments: tuple[Tensor, ...]) -> tuple[Any, ...]:
    images = torch.export.Dim("images", min=1, max=65536)
    return tuple({0: images} for _ in arguments)


Reader = Callable[[list[NDArray[Any]]], NDArray[np.float32]]


def _write_program(program: Any, path: Path, names: list[str]) -> None:
    # Through memory: when the disk fails, torch reports positions in its archive instead of the disk's error.
    content = BytesIO()
    torch.export.save(program, content)
    path.write_bytes(content.getvalue())


def _read_program(path: Path) -> Reader:
    with path.open("rb") as file:
        module = torch.export.load(file).module()

    def run(arguments: list[NDArray[Any]]) -> NDArray[np.float32]:
        with torch.no_grad():
            made: NDArray[np.float32] = module(*map(torch.from_numpy, arguments)).numpy()
        return made

    return run


def _write_onnx(program: Any, path: Path, names: list[str]) -> None:
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise _no_onnx() from error
    torch.onnx.export(
        program,
        (),
        str(path),
        input_names=names,
        output_names=["images"],
        dynamo=True,
        verbose=False,
        external_data=False,
    )


def _read_onnx(path: Path) -> Reader:
    try:
        import onnxruntime
    except ImportError as error:
        raise _no_onnx() from error
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return lambda arguments: session.run(None, dict(zip(names, arguments, strict=True)))[0]


def _no_onnx() -> UserError:
    return UserError("ONNX export needs more libraries: pip install 'artgan[onnx]', or write a .pt2 instead.")

"""A run that is as small as can be: a model of a few fixed random weights, and a file as its checkpoint."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from artgan.api.run import Run
from artgan.data.dataset import ImageInfo
from artgan.gallery import make, recreate
from artgan.latent import explore, interpolate, mix, project
from artgan.models.latent_model import LatentModel
from artgan.plugins.options import Options
from artgan.runs.record import RunRecord
from artgan.sampling import export
from artgan.sampling.load import load_model


class Tiny(LatentModel):
    """Makes images by a matrix, a transposed convolution and tanh; scores them by another matrix."""

    def __init__(self, info: ImageInfo, conditional: bool = False) -> None:
        super().__init__(Options(), info)
        self.conditional = conditional
        channels, height, width = info.shape
        with torch.random.fork_rng():
            torch.manual_seed(7)
            self.generator = nn.ModuleDict(
                {
                    "linear": nn.Linear(16, 8 * (height // 4) * (width // 4)),
                    "labels": nn.Embedding(max(1, info.labels), 16),
                    "paint": nn.ConvTranspose2d(8, channels, 4, 4),
                }
            )
            self.judge = nn.Linear(channels * height * width, 1)
            nn.init.normal_(self.generator["linear"].weight, std=0.7)
            nn.init.normal_(self.generator["paint"].weight, std=0.7)

    def phases(self):
        return []

    def optimizer(self, network, parameters):
        raise NotImplementedError

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (16,)

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        latents = latents * truncation
        if labels is not None:
            latents = latents + 2 * self.generator["labels"](labels)
        _, height, width = self.data.shape
        hidden = self.generator["linear"](latents).view(-1, 8, height // 4, width // 4).relu()
        return self.generator["paint"](hidden).tanh()

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        return self.judge(images.flatten(1)).squeeze(1)


class TinyRun(Run):
    """A run without a record on disk, with a model in memory."""

    name = "tiny-001"

    def __init__(self, path: Path, model: LatentModel) -> None:
        self.path, self.model, self._lock = path, model, None
        record = {
            "created": "2026",
            "config": {"model": "tiny", "data": "/home/me/stripes"},
            "progress": {"step": 12, "images": 768},
        }
        self.details = RunRecord.parse(record)
        (path / "checkpoints").mkdir(parents=True)
        (path / "checkpoints" / "step-00000012.safetensors").write_bytes(b"weights")

    def checkpoint(self, which=None) -> Path:
        return self.path / "checkpoints" / "step-00000012.safetensors"

    def load(self, checkpoint=None, device="cpu") -> LatentModel:
        return self.model

    def image_info(self) -> ImageInfo:
        return self.model.data


GREY = ImageInfo(1, 28, 28)
LABELLED = ImageInfo(1, 28, 28, ("Zero", "One", "<b>Two</b>"))


@pytest.fixture(autouse=True)
def tiny_runs_have_their_model_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(run, checkpoint=None, device="auto"):
        return run.load() if isinstance(run, TinyRun) else load_model(run, checkpoint, device)

    for module in (explore, export, interpolate, make, mix, project, recreate):
        monkeypatch.setattr(module, "load_model", load)


@pytest.fixture
def model() -> LatentModel:
    return Tiny(GREY)


@pytest.fixture
def conditional() -> LatentModel:
    return Tiny(LABELLED, conditional=True)


@pytest.fixture
def run(tmp_path: Path, model: LatentModel) -> TinyRun:
    return TinyRun(tmp_path / "runs" / "tiny-001", model)


@pytest.fixture
def labelled_run(tmp_path: Path, conditional: LatentModel) -> TinyRun:
    return TinyRun(tmp_path / "runs" / "tiny-002", conditional)


@pytest.fixture
def make_run(tmp_path: Path):
    """Makes a run of images of any shape."""

    def make(channels: int, height: int, width: int) -> TinyRun:
        info = ImageInfo(channels, height, width)
        return TinyRun(tmp_path / "runs" / f"tiny-{channels}x{height}x{width}", Tiny(info))

    return make

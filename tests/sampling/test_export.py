"""The generator alone makes the images that it makes in artgan."""

import numpy as np
import pytest
import torch

from artgan.data.dataset import ImageInfo
from artgan.errors import ArtganError, UserError
from artgan.sampling.export import export
from tests.tiny_runs import Tiny, TinyRun


@pytest.fixture
def run(tmp_path):
    return TinyRun(tmp_path / "tiny", Tiny(ImageInfo(3, 16, 16, ("a", "b")), conditional=True).eval())


def test_a_torch_program(run, tmp_path):
    made = export(run, tmp_path / "a.pt2")
    assert made.inputs == {"latents": (None, 16), "labels": (None,)}
    assert made.difference < 1e-5
    program = torch.export.load(made.path).module()
    for count in (2, 7):
        latents, labels = torch.randn(count, 16), torch.arange(count) % 2
        assert torch.allclose(program(latents, labels), run.model.sample(latents, labels), atol=1e-5)


def test_onnx(run, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    made = export(run, tmp_path / "a.onnx", truncation=0.5)
    session = onnxruntime.InferenceSession(made.path)
    latents, labels = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32), np.arange(5) % 2
    (images,) = session.run(None, {"latents": latents, "labels": labels})
    wanted = run.model.sample(torch.from_numpy(latents), torch.from_numpy(labels), 0.5)
    assert np.allclose(images, wanted.detach().numpy(), atol=1e-4)
    assert not list(tmp_path.glob("*.data")), "the weights are in the file"


def test_what_cannot_be_exported(run, tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"Unknown export format '\.pt': use \.pt2 or \.onnx"):
        export(run, tmp_path / "a.pt")
    with pytest.raises(UserError, match="0"):
        export(run, tmp_path / "a.pt2", truncation=0.0)
    sample = run.model.sample
    monkeypatch.setattr(run.model, "sample", lambda z, y, t=1.0: sample(z if z.sum() > 0 else -z, y, t))
    with pytest.raises(ArtganError, match="can't be exported"):
        export(run, tmp_path / "a.pt2")
    assert not list(tmp_path.glob("a.*"))

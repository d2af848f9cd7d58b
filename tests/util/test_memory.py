"""Too little memory is told with the option that helps, whatever was done and on whatever device."""

import pytest
import torch

import artgan
from artgan.api.gallery import gallery as make_exhibit
from artgan.api.interpolate import interpolate
from artgan.cli import errors
from artgan.sampling.sampler import Sampler
from artgan.training.trainer import Trainer

SHORTAGES = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to ..."),
    RuntimeError("MPS backend out of memory (MPS allocated: 20.00 GB)"),
    MemoryError(),
]


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize("error", SHORTAGES, ids=["cuda", "cpu", "mps", "python"])
def test_each_command_names_what_helps(labelled_run, tmp_path, monkeypatch, error):
    for name in ("draw", "render"):
        monkeypatch.setattr(Sampler, name, failing(error))
    with pytest.raises(artgan.ArtganError, match=r"not enough memory: try --device cpu, fewer images \(--n\)"):
        make_exhibit(labelled_run, n=4, gallery_dir=tmp_path / "gallery")
    assert not list(tmp_path.glob("gallery/*"))
    with pytest.raises(artgan.ArtganError, match=r"not enough memory: .*--frames"):
        interpolate(labelled_run, tmp_path / "film.webp", n=2)
    assert not list(tmp_path.glob("*film*"))
    monkeypatch.setattr(Trainer, "train_step", failing(error))
    values = {"model": "mlp", "data": "glyphs", "data_options": {"images": 16}, "steps": 1, "device": "cpu"}
    with pytest.raises(artgan.ArtganError, match=r"not enough memory: try a smaller --batch-size, --size or model"):
        artgan.train(**values, options={"hidden": "8"}, runs_dir=tmp_path / "runs", gallery=False)


def test_another_failure_is_not_taken_for_a_shortage(labelled_run, tmp_path, monkeypatch):
    monkeypatch.setattr(Sampler, "draw", failing(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        make_exhibit(labelled_run, n=4, gallery_dir=tmp_path)
    assert "memory" not in errors._unexpected_message(RuntimeError("shapes differ"))

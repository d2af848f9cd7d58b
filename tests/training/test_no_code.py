"""Nothing that artgan reads runs code: while a stranger's run is opened, sampled, resumed and exhibited, no pickle is
opened, nothing is compiled or started, and nothing outside the run, the gallery and the cache is written."""

import os
import sys
from pathlib import Path

import pytest
import torch

import artgan
from artgan.gallery.exhibit import Exhibit

FORBIDDEN = ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen")
_seen: list[str] = []
_watching = False


def _hook(event: str, arguments: tuple) -> None:
    if not _watching:
        return
    if event in FORBIDDEN:
        _seen.append(f"{event} {arguments}")
    elif event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        _seen.append(f"write {os.path.realpath(arguments[0])}")


@pytest.fixture(scope="module")
def hook():
    sys.addaudithook(_hook)  # there is no way to take it away again


def test_a_strangers_run_is_opened_without_running_anything(train, tmp_path, hook, monkeypatch):
    global _watching
    run = train(options={"hidden": "8", "latent_dim": 4}, steps=4, batch_size=16)
    run.sample(2)  # imports what it needs
    run.gallery(n=2, name="first", gallery_dir=tmp_path / "gallery")
    monkeypatch.setattr(torch, "load", lambda *a, **k: pytest.fail("torch.load was called"))
    _seen.clear()
    _watching = True
    try:
        artgan.find_run(run.path).sample(2)
        artgan.resume(run.path, steps=8, gallery=False)
        exhibit = artgan.find_run(run.path).gallery(n=2, name="show", gallery_dir=tmp_path / "gallery")
        assert len(Exhibit.open(exhibit.path).images) == 2
    finally:
        _watching = False
    home = str(tmp_path.resolve())
    written = {entry.removeprefix("write ") for entry in _seen if entry.startswith("write ")}
    assert [entry for entry in _seen if not entry.startswith("write ")] == []
    assert written
    assert [path for path in written if not path.startswith(home) and path != os.devnull] == []


def test_no_module_of_artgans_opens_pickles_of_strangers():
    """One does, and only what torch-fidelity publishes: Inception-v3's weights, as tensors and nothing else."""
    root = Path(artgan.__file__).parents[1]
    sources = [*(root / "artgan").rglob("*.py"), *(root / "plugins").rglob("*.py")]
    words = ("import pickle\n", "torch.load", "import marshal", "import shelve", "allow_pickle=True", "yaml")
    found = {path.name for path in sources for word in words if word in path.read_text(encoding="utf-8")}
    assert found == {"inception.py"}

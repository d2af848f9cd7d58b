"""Pictures that don't lie in a folder: archives, shards, exhibits, tables and others' libraries."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.data.prepare import prepare
from artgan.data.resolve import locate_data
from artgan_plugins.datasets.archive import Archive
from artgan_plugins.datasets.exhibit import Exhibit
from artgan_plugins.datasets.huggingface import HuggingFace
from artgan_plugins.datasets.medmnist import MedMNIST
from artgan_plugins.datasets.shards import expand
from artgan_plugins.datasets.torchvision import STL10
from artgan_plugins.datasets.webdataset import WebDataset
from tests.first_party.opening import open_set

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))


def picture(number: int, kind: str = "PNG", size: int = 16) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (size, size), (20 * number, 40, 0)).save(file, kind)
    return file.getvalue()


FILES = {
    "art/cats/1.png": picture(1),
    "art/cats/2.png": picture(2),
    "art/dogs/3.png": picture(3),
    "art/dogs/broken.png": b"no picture",
    "__MACOSX/art/cats/._1.png": b"resource fork",
    "art/readme.txt": b"hello",
}


def pack(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    suffix = path.name.rpartition(".")[2]
    with tarfile.open(path, f"w:{suffix}" if suffix in ("gz", "bz2", "xz") else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


# Archives


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
def test_archives_are_read_where_they_lie(tmp_path, name):
    path = pack(tmp_path / name, FILES)
    prepared = prepare(open_set(Archive, ".", path=str(path)), "archive")
    assert prepared.info.label_names == ("cats", "dogs"), "the folder that all are in is no label"
    assert prepared.images[:, 0, 0, 0].tolist() == [20, 40, 60]
    assert prepared.labels.tolist() == [0, 0, 1]
    assert "1 of 4 pictures can't be read" in prepared.notes[0]
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "cache"] == [name]
    again = open_set(Archive, ".", path=str(path))
    assert prepare(again, "archive").fingerprint == prepared.fingerprint


def test_archives_that_are_none(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(artgan.UserError, match=r"a\.zip can't be read as a zip or tar file"):
        open_set(Archive, ".", path=str(tmp_path / "a.zip"))
    whole = pack(tmp_path / "b.tar.gz", FILES)
    whole.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(artgan.UserError, match=r"b\.tar\.gz can't be read"):
        open_set(Archive, ".", path=str(whole))
    with pytest.raises(artgan.UserError, match="There are no pictures"):
        open_set(Archive, ".", path=str(pack(tmp_path / "c.zip", {"a.txt": b""})))


def test_names_that_lead_out_of_an_archive_lead_nowhere(tmp_path):
    path = pack(tmp_path / "in" / "a.tar", {"../../out.png": picture(1), "/abs/b.png": picture(2), "c.png": picture(3)})
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    before = set(tmp_path.rglob("*"))
    assert len(prepare(open_set(Archive, ".", path=str(path)), "archive")) == 2, "what leads out is left out"
    assert all("cache" in str(path) for path in set(tmp_path.rglob("*")) - before)


# Which data set reads a path


def test_a_path_finds_its_reader(tmp_path):
    exhibit = tmp_path / "spring"
    exhibit.mkdir()
    assert locate_data({"data": str(exhibit)})["data"] == "folder"
    (exhibit / "exhibit.json").write_text("{}")
    found = locate_data({"data": str(exhibit)})
    assert (found["data"], found["data_options"]) == ("exhibit", {"path": str(exhibit)})
    path = pack(tmp_path / "Art.ZIP", FILES)
    assert locate_data({"data": str(path)})["data"] == "archive"
    (tmp_path / "a.rar").touch()
    with pytest.raises(artgan.UserError, match=r"No data set reads the file .*a\.rar: use a folder, .*\.zip"):
        locate_data({"data": str(tmp_path / "a.rar")})


# Exhibits


def test_an_exhibit_is_learnt_from_as_it_was_before_it_was_enlarged(tmp_path):
    (tmp_path / "images").mkdir()
    lines = []
    for number in range(4):
        image = Image.fromarray(np.random.default_rng(number).integers(0, 255, (16, 16, 3)).astype(np.uint8))
        image.resize((64, 64), Image.Resampling.NEAREST).save(tmp_path / f"images/{number}.png")
        lines.append(
            {"file_name": f"images/{number}.png", "label": number % 2, "label_name": ["cat", "dog"][number % 2]}
        )
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "exhibit.json").write_text(
        json.dumps({"n": 4, "image": {"channels": 3, "height": 64, "width": 64}, "request": {"scale": 4}})
    )
    Image.new("RGB", (200, 200)).save(tmp_path / "contact-sheet.png")
    prepared = prepare(open_set(Exhibit, ".", path=str(tmp_path)), "exhibit")
    assert prepared.images.shape == (4, 16, 16, 3)
    assert prepared.info.label_names == ("cat", "dog")
    assert (prepared.images[3] == np.random.default_rng(3).integers(0, 255, (16, 16, 3))).all()


# Shards


def shards(folder: Path) -> str:
    for number in range(3):
        files = {}
        for sample in range(3):
            files[f"{sample}.jpg"] = picture(3 * number + sample, "JPEG", 64)
            files[f"{sample}.cls"] = str(sample % 2).encode()
            files[f"{sample}.json"] = json.dumps({"mood": "gay" if sample else "sad"}).encode()
        files["9.jpg"] = b"broken"
        pack(folder / f"art-{number:02d}.tar", files)
    return f"{folder}/art-{{00..02}}.tar"


def test_shards_are_streamed_once_and_kept_small(tmp_path, monkeypatch):
    pattern = shards(tmp_path / "shards")
    dataset = open_set(WebDataset, ".", 16, shards=pattern)
    assert len(dataset) == 9
    prepared = prepare(dataset, "webdataset")
    assert prepared.images.shape == (9, 16, 16, 3)
    assert np.abs(prepared.images[:, 8, 8, 0].astype(int) - 20 * np.arange(9)).max() < 6
    assert prepared.labels.tolist() == [0, 1, 0] * 3
    assert prepared.notes == ("3 pictures in the shards can't be read and were left out.",)
    assert {choice.name for choice in dataset.choices()} == {"channels"}
    monkeypatch.setattr("artgan_plugins.datasets.webdataset.samples", None)
    assert open_set(WebDataset, ".", 16, shards=pattern).on_disk(), "a second time, nothing is streamed"


def test_an_interrupted_stream_goes_on_with_the_shard_it_was_at(tmp_path, monkeypatch):
    pattern = shards(tmp_path / "shards")
    from artgan_plugins.datasets import webdataset

    read, seen = webdataset.samples, []

    def interrupted(shard, column):
        if shard.endswith("02.tar") and len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(shard[-6:])
        return read(shard, column)

    monkeypatch.setattr(webdataset, "samples", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_set(WebDataset, ".", 16, shards=pattern)
    seen.append("again")
    assert len(open_set(WebDataset, ".", 16, shards=pattern)) == 9
    assert seen == ["00.tar", "01.tar", "again", "02.tar"]


def test_options_of_shards(tmp_path):
    pattern = shards(tmp_path / "shards")
    assert open_set(WebDataset, ".", 16, shards=pattern, label_column="mood").info.label_names == ("gay", "sad")
    assert open_set(WebDataset, ".", 16, shards=pattern, labels="false").info.label_names == ()
    assert len(open_set(WebDataset, ".", 16, shards=pattern, images="4")) == 4
    assert expand("a-{08..10}.tar,https://x/b.tar") == ["a-08.tar", "a-09.tar", "a-10.tar", "https://x/b.tar"]
    with pytest.raises(artgan.UserError, match=r"none\.tar can't be read: No such file"):
        open_set(WebDataset, ".", shards=f"{tmp_path}/none.tar")
    with pytest.raises(artgan.UserError, match="must start with http"):
        open_set(WebDataset, ".", shards="pipe://rm")


# Others' libraries


def test_hugging_face_rows(tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"id": datasets.Value("int64"), "image": datasets.Image(), "kind": datasets.ClassLabel(names=["cat", "dog"])}
    )
    rows = {
        "id": list(range(6)),
        "image": [{"bytes": picture(number), "path": None} for number in range(6)],
        "kind": [0, 1, 0, 1, 0, 1],
    }
    (tmp_path / "art").mkdir()
    datasets.Dataset.from_dict(rows, features).to_parquet(tmp_path / "art" / "train.parquet")
    dataset = open_set(HuggingFace, ".", name=str(tmp_path / "art"))
    prepared = prepare(dataset, "huggingface")
    assert prepared.info.label_names == ("cat", "dog")
    assert prepared.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert prepared.images[:, 0, 0, 0].tolist() == [0, 20, 40, 60, 80, 100]
    with pytest.raises(artgan.UserError, match="no column of pictures called id: set image_column to image"):
        open_set(HuggingFace, ".", name=str(tmp_path / "art"), image_column="id")
    with pytest.raises(artgan.UserError, match="name=OWNER/NAME"):
        open_set(HuggingFace, ".")


def test_medmnist_files(tmp_path):
    pytest.importorskip("medmnist")
    (tmp_path / "MedMNIST").mkdir()
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 28, 28, 3), np.uint8)
    parts = {f"{part}_images": images for part in ("train", "val", "test")}
    parts |= {f"{part}_labels": np.arange(5)[:, None].astype(np.uint8) for part in ("train", "val", "test")}
    np.savez(tmp_path / "MedMNIST" / "pathmnist.npz", **parts)
    dataset = open_set(MedMNIST, tmp_path)
    assert dataset.info.shape == (3, 28, 28)
    assert dataset.info.label_names[0] == "adipose"
    assert prepare(dataset, "medmnist").labels.tolist() == list(range(5))
    assert len(open_set(MedMNIST, tmp_path, split="all")) == 15


def test_torchvisions_sets(tmp_path, monkeypatch):
    from torchvision import datasets

    class Fake:
        classes = ("airplane", "bird")
        labels = np.array([0, 1, 1])

        def __init__(self, root, split, download):
            if not (Path(root) / "here").exists():
                if download:
                    raise RuntimeError("no network")
                raise RuntimeError("not found")

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return Image.new("RGB", (96, 96), (index, 0, 50)), int(self.labels[index])

    monkeypatch.setattr(datasets, "STL10", Fake)
    with pytest.raises(artgan.UserError, match=r"STL10 isn't in .* can't be downloaded \(no network\)"):
        open_set(STL10, tmp_path)
    (tmp_path / "here").touch()
    prepared = prepare(open_set(STL10, tmp_path, 32), "stl10")
    assert prepared.info.label_names == ("airplane", "bird")
    assert prepared.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert prepared.labels.tolist() == [0, 1, 1]

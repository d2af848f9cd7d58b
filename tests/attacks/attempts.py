"""What the disk attack attempts: everything that writes, small, in a folder that may hold a run already."""

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

import artgan
from artgan.api.interpolate import interpolate
from artgan.api.run import Run
from artgan.data.prepare import prepare
from artgan.errors import ArtganError
from artgan.gallery.exhibit import Exhibit
from artgan.gallery.recreate import recreate
from artgan.runs import checksum
from artgan.sampling.export import export
from tests.attacks.subject import CASES, small, train

CASE = CASES["recovering"]
OLD = b"what was here before"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that writes.

    Attributes:
        before: what is there: nothing, ``half`` a training, or a ``whole`` one.
        act: does it, in a folder.
        output: the file that it replaces, if it makes one file.
        whole: raises something, or returns False, unless what was made is whole.
    """

    before: str
    act: Callable[[Path], object]
    whole: Callable[[Path], object]
    output: str = ""


def _train(folder: Path) -> object:
    return train(CASE, folder)


def _exhibit(folder: Path) -> object:
    """A second exhibit of the name ``show``, over the first one."""
    with small(CASE):
        return Run(folder / "run").gallery(
            n=6, name="show", overwrite=True, gallery_dir=folder / "gallery", device="cpu"
        )


def _prepare(folder: Path) -> object:
    os.environ["ARTGAN_CACHE"] = str(folder / "cache")  # of this process, a fork
    from artgan.build import open_dataset
    from artgan.config import make_config

    dataset = open_dataset(make_config({"data": "glyphs", "data_options": {"images": 64}}), folder)
    return prepare(dataset, "glyphs")


def _evaluate(folder: Path) -> object:
    return artgan.evaluate(folder / "run", n=8, metrics=["fid"], features="random", device="cpu")


def whole_run(folder: Path) -> bool:
    """Whether there is none, or its checkpoints are as they were written."""
    if (folder / "run" / "run.json").exists():
        for path in Run(folder / "run").checkpoints():
            checksum.check(path)
    return True


def _whole_exhibit(folder: Path) -> bool:
    images = Exhibit.open(folder / "gallery" / "show").images
    return len(images) == 6 and all(path.is_file() for path in images)


def _whole_set(folder: Path) -> bool:
    """Whether what has a final name is what :func:`prepare` makes; it says so itself by opening it."""
    sets = [path for path in (folder / "cache" / "prepared").glob("*") if not path.name.startswith(".")]
    return all(json.loads((path / "meta.json").read_text())["images"] == 64 for path in sets)


def _whole_evaluation(folder: Path) -> bool:
    path = folder / "run" / "evaluation.json"
    return not path.exists() or len(json.loads(path.read_text())["evaluations"]) >= 1


def _whole_picture(name: str) -> Callable[[Path], object]:
    def whole(folder: Path) -> bool:
        with Image.open(folder / name) as picture:
            picture.seek(getattr(picture, "n_frames", 1) - 1)
            picture.load()
        return True

    return whole


def _whole_program(folder: Path) -> bool:
    with zipfile.ZipFile(folder / "made.pt2") as file:
        return file.testzip() is None


def _film(folder: Path) -> object:
    return interpolate(Run(folder / "run"), folder / "film.webp", n=2, frames=4, device="cpu")


def _recreate(folder: Path) -> object:
    image = folder / "gallery" / "show" / "images" / "00001.png"
    return recreate(image, folder / "again.png", runs_dir=folder, device="cpu")


def _export(folder: Path) -> object:
    return export(Run(folder / "run"), folder / "made.pt2")


ATTEMPTS: dict[str, Attempt] = {
    "train": Attempt("", _train, whole_run),
    "resume": Attempt("half", _train, whole_run),
    "exhibit": Attempt("whole", _exhibit, _whole_exhibit),
    "prepare": Attempt("", _prepare, _whole_set),
    "evaluate": Attempt("whole", _evaluate, _whole_evaluation),
    "interpolate": Attempt("whole", _film, _whole_picture("film.webp"), "film.webp"),
    "recreate": Attempt("whole", _recreate, _whole_picture("again.png"), "again.png"),
    "export": Attempt("whole", _export, _whole_program, "made.pt2"),
}


def is_whole(attempt: Attempt, folder: Path) -> list[str]:
    """What is wrong with what is there now; a file that was to be replaced may still be the old one."""
    if attempt.output and (folder / attempt.output).read_bytes() == OLD:
        return []
    try:
        return [] if attempt.whole(folder) else ["what was made isn't whole"]
    except ArtganError as error:
        return [str(error)]
    except Exception as error:
        return [f"what was made isn't whole: {type(error).__name__}: {error}"]

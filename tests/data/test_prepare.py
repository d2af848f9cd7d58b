"""Preparation: what it keeps, what it survives, and what it says when it can't."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import artgan
from artgan.data.prepare import prepare
from artgan.util import atomic_dir


class Ramps(artgan.Dataset):
    """Image i is filled with i, its label is i modulo 3."""

    count = 100
    version = "1"
    names = ("a", "b", "c")

    def __init__(self, count: int | None = None) -> None:
        super().__init__(self.Options(), Path("."), None)
        self.count = count or self.count
        self.reads: list[tuple[int, int]] = []
        self.left_out: set[int] = set()

    @property
    def info(self):
        return artgan.ImageInfo(1, 4, 5, self.names)

    def __len__(self):
        return self.count

    def fingerprint(self):
        return self.version

    def read(self, start, stop):
        self.reads.append((start, stop))
        kept = np.array([i for i in range(start, stop) if i not in self.left_out], np.int64)
        images = np.broadcast_to((kept % 256).astype(np.uint8)[:, None, None, None], (len(kept), 4, 5, 1))
        return images, kept % 3 if self.names else None

    def notes(self):
        return [f"{len(self.left_out)} left out"] if self.left_out else []


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "prepared"


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def test_images_and_labels_come_back_in_order():
    prepared = prepare(Ramps(5000), "ramps")
    assert isinstance(prepared.images, np.memmap)
    assert prepared.images.shape == (5000, 4, 5, 1)
    assert (prepared.images == (np.arange(5000) % 256)[:, None, None, None]).all()
    assert (prepared.labels == np.arange(5000) % 3).all()
    assert prepared.labels.dtype == np.int64
    assert prepared.info.label_names == ("a", "b", "c")
    with pytest.raises(ValueError, match="read-only"):
        prepared.images[0] = 1


def test_no_labels_is_none():
    dataset = Ramps()
    dataset.names = ()
    assert prepare(dataset, "ramps").labels is None
    assert prepare(dataset, "ramps").labels is None


def test_the_second_start_reads_nothing():
    first, again = prepare(Ramps(), "ramps"), Ramps()
    prepared = prepare(again, "ramps")
    assert again.reads == []
    assert prepared.path == first.path
    assert (prepared.images == first.images).all()


def test_a_changed_source_is_prepared_anew():
    first, changed = prepare(Ramps(), "ramps"), Ramps()
    changed.version = "2"
    second = prepare(changed, "ramps")
    assert changed.reads
    assert second.fingerprint != first.fingerprint


def test_progress_reaches_the_end_and_never_goes_back():
    told: list[tuple[int, int | None]] = []
    prepare(Ramps(3000), "ramps", lambda done, total: told.append((done, total)))
    assert told[0] == (0, 3000)
    assert told[-1] == (3000, 3000)
    assert told == sorted(told)


def test_left_out_images_shorten_the_array_and_notes_are_kept():
    dataset = Ramps()
    dataset.left_out = {0, 50, 99}
    for prepared in (prepare(dataset, "ramps"), prepare(Ramps(), "ramps")):
        assert len(prepared) == 97
        assert len(prepared.labels) == 97
        assert prepared.images[0, 0, 0, 0] == 1
        assert prepared.notes == ("3 left out",)


def test_nothing_readable_is_an_error_that_says_why(cache):
    dataset = Ramps()
    dataset.left_out = set(range(100))
    with pytest.raises(artgan.UserError, match=r"'ramps' has no readable images.*100 left out"):
        prepare(dataset, "ramps")
    assert left_in(cache) == []


def test_an_empty_set_is_an_error():
    dataset = Ramps()
    dataset.count = 0
    with pytest.raises(artgan.UserError, match="'ramps' has no images"):
        prepare(dataset, "ramps")


def truncate(folder):
    with open(folder / "images.npy", "r+b") as file:
        file.truncate(1000)


def lengthen(folder):
    with open(folder / "labels.npy", "ab") as file:
        file.write(b"more")


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        lengthen,
        lambda folder: (folder / "images.npy").unlink(),
        lambda folder: (folder / "labels.npy").write_bytes(b""),
        lambda folder: (folder / "meta.json").write_text("{"),
        lambda folder: (folder / "meta.json").write_text("[]"),
        lambda folder: (folder / "meta.json").write_text(json.dumps({"format": 0})),
        lambda folder: (shutil.rmtree(folder), folder.write_text("a file")),
        lambda folder: (shutil.rmtree(folder), folder.mkdir()),
    ],
)
def test_a_damaged_copy_is_rebuilt(damage, cache):
    folder = prepare(Ramps(), "ramps").path
    damage(folder)
    prepared = prepare(Ramps(), "ramps")
    assert prepared.path == folder
    assert (prepared.images == np.arange(100)[:, None, None, None]).all()
    assert left_in(cache) == [folder.name]


def returns(images=None, labels=None):
    class Wrong(Ramps):
        def read(self, start, stop):
            good_images, good_labels = super().read(start, stop)
            return (
                good_images if images is None else images(good_images),
                good_labels if labels is None else labels(good_labels),
            )

    return Wrong()


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (returns(lambda x: x.astype(np.float32)), r"\(2, 4, 5, 1\) float32.*\(N, 4, 5, 1\) uint8"),
        (returns(lambda x: x[:, :, :, 0]), r"returned \(2, 4, 5\) uint8"),
        (returns(lambda x: x.tolist()), "returned a list"),
        (returns(lambda x: np.concatenate([x, x])), "4 images instead of 2"),
        (returns(labels=lambda x: x + 2), "labels from 2 to 3, .* must be between 0 and 2"),
        (returns(labels=lambda x: x - 1), "labels from -1 to 0"),
        (returns(labels=lambda x: x[:-1]), r"\(1,\) int64 as labels instead of \(2,\)"),
        (returns(labels=lambda x: x.astype(float)), "float64 as labels"),
        (returns(labels=lambda x: None), "a NoneType as labels"),
        (returns(lambda x: 1 // 0), "ZeroDivisionError"),
    ],
)
def test_what_a_data_set_returns_is_checked(dataset, message, cache):
    with pytest.raises(artgan.ArtganError, match=f"'ramps'.*{message}"):
        prepare(dataset, "ramps")
    assert left_in(cache) == []


def test_labels_that_nobody_named_are_an_error():
    dataset = Ramps()
    dataset.names = ()
    dataset.read = lambda start, stop: (np.zeros((stop - start, 4, 5, 1), np.uint8), np.zeros(stop - start))
    with pytest.raises(artgan.ArtganError, match="returned labels, but its info has no label names"):
        prepare(dataset, "ramps")


def test_an_interrupted_preparation_is_gone_on_with(cache):
    whole = prepare(Ramps(3000), "whole")
    seen = []

    def interrupt(done, total):
        if done > 1000:
            seen.append(done)
            raise KeyboardInterrupt

    first, second = Ramps(3000), Ramps(3000)
    with pytest.raises(KeyboardInterrupt):
        prepare(first, "ramps", interrupt)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prepare")]
    assert len(left_in(cache)) == 2
    told = []
    prepared = prepare(second, "ramps", lambda done, total: told.append(done))
    assert told[0] == seen[0], "it begins where the other stopped"
    assert min(start for start, _ in second.reads) == seen[0]
    assert (prepared.images == whole.images).all()
    assert (prepared.labels == whole.labels).all()
    assert len(left_in(cache)) == 2, "and leaves nothing but what is whole"
    assert not list(prepared.path.glob("progress*"))


def test_what_was_left_out_before_an_interruption_is_told_after_it(tmp_path):
    from PIL import Image

    from artgan_plugins.datasets.folder import Folder
    from tests.first_party.opening import open_set

    for number in range(40):
        Image.new("L", (16, 16), number).save(tmp_path / f"{number:02d}.png")
    (tmp_path / "00.png").write_text("broken")

    def interrupt(done, total):
        if done > 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(open_set(Folder, ".", path=str(tmp_path)), "it", interrupt)
    prepared = prepare(open_set(Folder, ".", path=str(tmp_path)), "it")
    assert prepared.images[:, 0, 0, 0].tolist() == list(range(1, 40))
    assert "1 of 40 pictures can't be read" in prepared.notes[0]


def test_a_beginning_that_is_too_short_is_begun_again(cache):
    def interrupt(done, total):
        if done > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(Ramps(3000), "ramps", interrupt)
    (left,) = cache.iterdir()
    with (left / "images.npy").open("r+b") as file:
        file.truncate(5000)
    again = Ramps(3000)
    prepare(again, "ramps")
    assert min(start for start, _ in again.reads) == 0


def test_a_disk_without_room_is_refused_before_anything_is_decoded(cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 100))
    dataset = Ramps()
    with pytest.raises(artgan.ArtganError, match=r"needed, .* free. Free some space, or set ARTGAN_CACHE"):
        prepare(dataset, "ramps")
    assert dataset.reads == []
    assert left_in(cache) == []


WRITES_TOO_MUCH = """
import resource, signal, sys
sys.dont_write_bytecode = True  # Python would leave compiled modules that end at the limit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.path.insert(0, sys.argv[1])
import artgan
from test_prepare import Ramps
from artgan.data.prepare import prepare
try:
    prepare(Ramps(5000), "ramps")
except artgan.ArtganError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_disk_that_fills_up_is_a_clear_error_and_leaves_nothing(cache):
    done = run(WRITES_TOO_MUCH)
    assert f"can't be stored in {cache}: {os.strerror(errno.EFBIG)}" in done.stdout, done.stderr
    assert left_in(cache) == []
    assert run("import sys; sys.path.insert(0, sys.argv[1]); import test_prepare").returncode == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_an_unwritable_cache_is_a_clear_error(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir(mode=0o500)
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "locked"))
    with pytest.raises(artgan.ArtganError, match=r"Permission denied\. Set ARTGAN_CACHE"):
        prepare(Ramps(), "ramps")


def test_a_cache_that_is_a_file_is_a_clear_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(artgan.ArtganError, match=r"can't be stored in .*Set ARTGAN_CACHE"):
        prepare(Ramps(), "ramps")


PREPARES = """
import sys
sys.path.insert(0, sys.argv[1])
from test_prepare import Ramps
from artgan.data.prepare import prepare
for version in range(20):
    dataset = Ramps(2000)
    dataset.version = str(version)
    prepared = prepare(dataset, "ramps")
    assert len(prepared) == 2000 and (prepared.images[:, 0, 0, 0] == [i % 256 for i in range(2000)]).all()
print("whole", flush=True)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, str(Path(__file__).parent)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_two_processes_may_prepare_the_same_at_once(cache):
    command = [sys.executable, "-c", PREPARES, str(Path(__file__).parent)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    for racer in racers:
        output, errors = racer.communicate()
        assert output == "whole\n", errors
    assert len(left_in(cache)) == 20
    assert not [name for name in left_in(cache) if name.startswith(".")]


def test_the_slower_of_two_uses_the_copy_of_the_faster(cache):
    first: list[Path] = []

    def overtake(done, total):
        if not first:
            first.append(prepare(Ramps(), "ramps").path)
            (first[0] / "mark").touch()

    prepared = prepare(Ramps(), "ramps", overtake)
    assert (prepared.path / "mark").exists()
    assert left_in(cache) == [prepared.path.name]


DIES = """
import os, sys
sys.path.insert(0, sys.argv[1])
from test_prepare import Ramps
from artgan.data.prepare import prepare
prepare(Ramps(5000), "ramps", lambda done, total: done and os._exit(9))
"""


def test_what_a_killed_process_left_is_removed_once_it_is_old(cache, monkeypatch):
    assert run(DIES).returncode == 9
    (left,) = cache.iterdir()
    prepare(Ramps(), "ramps")
    assert left.exists(), "it might have been a process that was just starting"
    long_ago = time.time() - atomic_dir.YOUNG_SECONDS - 1
    for path in (*left.iterdir(), left):
        os.utime(path, (long_ago, long_ago))
    other = Ramps()
    other.version = "2"
    prepare(other, "ramps")
    assert left.exists() == (atomic_dir.fcntl is None)


@pytest.mark.skipif(atomic_dir.fcntl is None, reason="no file locks on this system")
def test_what_a_living_process_works_on_stays_however_old(cache):
    with atomic_dir.Workspace(cache / "ramps") as work:
        long_ago = time.time() - 2 * atomic_dir.OLD_SECONDS
        for path in (*work.path.iterdir(), work.path):
            os.utime(path, (long_ago, long_ago))
        prepare(Ramps(), "ramps")
        assert work.path.exists()


def test_names_make_harmless_folders(cache):
    prepared = prepare(Ramps(), "../../some thing/é")
    assert prepared.path.parent == cache

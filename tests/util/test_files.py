"""Files that take the place of others, on systems that can do so in one operation and on others."""

import ctypes
import errno
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from artgan.util import files


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """Two folders, with a file each that says which one it was."""
    folders = tmp_path / "öne", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
        (folder / "name").write_text(folder.name, encoding="utf-8")
    return folders


def names(*folders: Path) -> list[str]:
    return [(folder / "name").read_text(encoding="utf-8") for folder in folders]


def test_what_is_exchanged_has_the_name_of_the_other(pair):
    try:
        files.exchange(*pair)
    except OSError as error:
        if error.errno not in files.NO_EXCHANGE:
            raise
        pytest.skip("this system can't exchange names")
    assert names(*pair) == ["other", "öne"]


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such thing")
@pytest.mark.parametrize("missing", [0, 1])
def test_nothing_is_exchanged_with_what_is_not_there(pair, missing):
    gone = pair[missing].rename(pair[missing].with_name("gone"))
    try:
        with pytest.raises(FileNotFoundError) as caught:
            files.exchange(*pair)
    except OSError:
        pytest.skip("this file system can't exchange names")
    assert (caught.value.filename, caught.value.filename2) == (str(pair[0]), str(pair[1]))
    assert names(gone, pair[1 - missing]) == [("öne", "other")[missing], ("öne", "other")[1 - missing]]


@pytest.mark.parametrize("lacking", ["system", "library"])
def test_where_nothing_can_be_exchanged_it_is_said_and_nothing_happens(pair, monkeypatch, lacking):
    if lacking == "system":
        monkeypatch.setattr(sys, "platform", "darwin")
    else:
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace())
    with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)) as caught:
        files.exchange(*pair)
    assert caught.value.errno == errno.ENOSYS
    assert caught.value.errno in files.NO_EXCHANGE
    assert names(*pair) == ["öne", "other"]


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such thing")
def test_the_kernel_s_error_is_passed_on(pair, monkeypatch):
    def refuse(*_: object) -> int:
        ctypes.set_errno(errno.EROFS)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=refuse))
    with pytest.raises(OSError, match="öne") as caught:
        files.exchange(*pair)
    assert caught.value.errno == errno.EROFS

"""Checks that a data set fulfils the contract of :class:`artgan.Dataset`."""

import errno
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from artgan.data.dataset import Dataset, ImageInfo
from artgan.errors import ArtganError
from artgan.plugins.specs import DatasetSpec, Spec
from artgan.testing import reading
from artgan.testing.expect import expect, find_class, make_options, refuse_nonsense
from artgan.testing.suite import Suite, check, unchanged_randomness


def check_dataset(
    dataset: str | type[Dataset],
    *,
    options: Mapping[str, Any] | None = None,
    data_dir: Path | str | None = None,
    size: int | None = None,
    images: int = 24,
) -> ImageInfo:
    """Check that a data set's images, labels, length and fingerprint are as declared, and stay the same.

    Calls :meth:`artgan.Dataset.fetch`, which downloads files that aren't in ``data_dir``.

    Args:
        dataset: the class, or the name of an installed data set.
        options: as a user would set them with ``--data-option``.
        data_dir: the folder of its files; None: an empty folder.
        size: as a user would set it with ``--size``.
        images: how many of its first images are examined.

    Returns:
        What it declares about its images.

    Raises:
        AssertionError: if a check fails.
    """
    kind = find_class(dataset, Dataset, DatasetSpec)
    suite = DatasetSuite(kind, options=options, data_dir=data_dir, size=size, images=images)
    try:
        suite.run()
        return suite.one.info
    finally:
        suite.close()


class DatasetSuite(Suite):
    """The checks of a data set."""

    kind = DatasetSpec

    def __init__(
        self,
        dataset: type[Dataset],
        spec: Spec | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        data_dir: Path | str | None = None,
        size: int | None = None,
        images: int = 24,
        download: bool = True,
    ) -> None:
        """See :func:`check_dataset`; without ``download``, checks that need missing files are skipped."""
        super().__init__(spec.name if spec else dataset.__name__, spec)
        self.dataset, self.name, self.given = dataset, dataset.__name__, dict(options or {})
        self._empty = tempfile.TemporaryDirectory()
        self.folder = Path(data_dir) if data_dir is not None else Path(self._empty.name)
        self.size, self.images, self.download = size, images, download

    def close(self) -> None:
        """Delete the files written for the checks."""
        self._empty.cleanup()

    @property
    def options(self) -> Any:
        """Validated options."""
        return self.once("options", lambda: make_options(self.dataset, self.given))

    @property
    def one(self) -> Dataset:
        """The data set, its files fetched."""
        return self.once("one", self._open)

    @property
    def again(self) -> Dataset:
        """The same data set, opened a second time."""
        return self.once("again", self._open)

    @property
    def found(self) -> tuple[reading.Images, reading.Labels]:
        """The first images, and their labels."""
        return self.once("found", lambda: reading.read(self.one, 0, min(self.images, len(self.one))))

    def _open(self) -> Dataset:
        return reading.open_dataset(self.dataset, self.options, self.folder, self.size, self.download)

    @check("Users must know whether they may publish what a model learnt from the images.", "artgan.Dataset")
    def class_attributes(self) -> None:
        """Check that there is a licence."""
        licence = self.dataset.licence
        expect(isinstance(licence, str) and licence.strip(), f"{self.name}.licence is {licence!r}, not a line of text.")

    @check(
        "Options are shown in help, typed by users and stored in runs, which are opened years later.", "artgan.Options"
    )
    def options_(self) -> None:
        """Check that options are described, survive JSON and refuse nonsense."""
        assert self.options is not None
        refuse_nonsense(self.dataset)

    @check("Models are built from the declared shape, before any image is read.", "artgan.Dataset.info")
    def info(self) -> None:
        """Check that shape, labels and length are as declared, at the requested size."""
        reading.check_info(self.one, self.size)
        reading.check_count(self.one)
        reading.check_native(self.dataset, self.one, self.given, self.size)

    @check("Images are read once and cached; every model learns what is wrong with them.", "artgan.Dataset.read")
    def images_(self) -> None:
        """Check that images and labels have the declared shape and type, and that images differ."""
        reading.check_count(self.one)
        with unchanged_randomness(f"{self.name}.read()"):
            reading.check_content(self.one, self.found)

    @check(
        "Images are read in parallel, in slices of any length, and again after the cache was emptied.",
        "artgan.Dataset.read",
    )
    def deterministic(self) -> None:
        """Check that images are the same in any slices, from another instance and from several threads."""
        reading.check_slices(self.one, self.again, self.found, len(self.one))

    @check("artgan compares it to see whether cached images are still valid.", "artgan.Dataset.fingerprint")
    def fingerprint(self) -> None:
        """Check that the fingerprint is stable, and differs whenever the images do."""
        reading.check_fingerprint(self.one, self.again)
        for changed, other in reading.variants(self.dataset, self.options, self.folder, self.size, self.download):
            reading.check_variant(self.one, other, changed, self.found)

    @check(
        "Generated images are measured against them; copies of training images must not score better than new images.",
        "artgan.Dataset.held_out",
    )
    def held_out(self) -> None:
        """Check that held-out images have the same shape and labels, but are different images."""
        reading.check_held_out(self.one, self.found, self.download)

    @check("Users want to know if three of their thousand pictures were damaged.", "artgan.Dataset.notes")
    def notes(self) -> None:
        """Check that notes are lines for the user."""
        assert self.found is not None
        notes = self.one.notes()
        expect(
            isinstance(notes, list) and all(isinstance(note, str) for note in notes),
            f"{self.name}.notes() returned {notes!r}, not a list of lines.",
        )

    @check(
        "Users without a network should learn which files are missing, and where to put them.",
        "artgan.Dataset.fetch",
    )
    def offline(self) -> None:
        """Check that a missing file and a missing network are explained."""
        with tempfile.TemporaryDirectory() as empty, no_network():
            dataset = self.dataset(self.options, Path(empty), self.size)
            if dataset.on_disk():
                return
            try:
                dataset.fetch(lambda done, total: None)
            except ArtganError as refusal:
                expect(str(refusal).strip(), f"{self.name}.fetch() fails without a network, but doesn't say why.")
            except Exception as error:
                raise AssertionError(
                    f"{self.name}.fetch() without a network raised {type(error).__name__}: {error}. Raise "
                    "artgan.UserError and say which files belong where."
                ) from error
            else:
                raise AssertionError(
                    f"{self.name}.on_disk() says that files are missing, but fetch() succeeds without downloading any."
                )


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse to resolve hosts and to open connections while it is entered."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    names = [(socket, "getaddrinfo"), (socket.socket, "connect"), (socket.socket, "connect_ex")]
    with ExitStack() as stack:
        for owner, name in names:
            stack.enter_context(mock.patch.object(owner, name, refuse))
        yield

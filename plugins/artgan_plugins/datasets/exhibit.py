"""The images of an artgan exhibit, with their requested labels."""

from collections.abc import Sequence
from functools import cached_property

import artgan
from artgan.data.dataset import Report
from artgan.data.picture import Source, opened
from artgan.gallery import exhibit
from artgan_plugins.datasets.folder import Folder


class Exhibit(Folder):
    """The images of an exhibit, without its contact sheet; enlarged images are reduced to their original size."""

    class Options(Folder.Options):
        path: str = artgan.Field("", description="the exhibit; `--data ./gallery/spring` sets it")

    licence = "yours, to the extent that machine-made images can be owned"

    def on_disk(self) -> bool:
        return bool(self.options.path) and (self.root / exhibit.RECORD).is_file()

    def fetch(self, report: Report) -> None:
        if self.options.path:
            exhibit.Exhibit.open(self.root)  # raises if it is damaged
        super().fetch(report)

    def files(self) -> Sequence[artgan.PictureFile]:
        hung = (f"{exhibit.IMAGES}/", exhibit.METADATA)
        return [file for file in super().files() if file.name.startswith(hung)]

    def open(self, name: str) -> Source:
        if self._scale == 1 or name == exhibit.METADATA:
            return super().open(name)
        with opened(super().open(name)) as enlarged:
            return enlarged.reduce(self._scale)  # lossless, since all pixels of a block are equal

    @cached_property
    def _scale(self) -> int:
        return int(exhibit.Exhibit.open(self.root).record.get("request", {}).get("scale") or 1)

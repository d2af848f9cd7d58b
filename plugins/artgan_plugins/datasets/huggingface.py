"""A data set on the Hugging Face Hub, by its name, through the library ``datasets``."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import artgan
from artgan.data.dataset import Report
from artgan.data.labels import COLUMNS
from artgan.data.picture import Source


class HuggingFace(artgan.PictureDataset):
    """Rows with one picture each; a column of class labels, if there is one, provides the labels."""

    class Options(artgan.PictureOptions):
        name: str = artgan.Field("", description="name on the Hub, such as ylecun/mnist, or a folder of parquet files")
        subset: str | None = artgan.Field(None, description="configuration, for data sets that have several")
        part: str = artgan.Field("train", description="split of the data set")
        image_column: str | None = artgan.Field(None, description="column of pictures (default: the first)")

    homepage = "https://huggingface.co/datasets"
    licence = "see the data set's page on the Hub"

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._rows: Any = None
        self._texts: list[str] | None = None

    def on_disk(self) -> bool:
        return self._rows is not None

    def fetch(self, report: Report) -> None:
        if not self.options.name:
            raise artgan.UserError("The data set huggingface needs --data-option name=OWNER/NAME.")
        if self._rows is None:
            self._rows = self._load()
        super().fetch(report)

    def files(self) -> Sequence[artgan.PictureFile]:
        version = int(self._rows._fingerprint, 16)
        return [artgan.PictureFile(f"{number:08d}.png", None, version) for number in range(len(self._rows))]

    def open(self, name: str) -> Source:
        found = self._rows[int(name.removesuffix(".png"))][self._column]
        if found is None:
            raise OSError("no picture in this row")
        return io.BytesIO(found["bytes"]) if found.get("bytes") else Path(found["path"])

    def label_texts(self) -> Sequence[str] | None:
        return self._texts

    def _load(self) -> Any:
        try:
            import datasets
        except ImportError as error:
            raise artgan.UserError(
                "Hugging Face data sets need the library datasets: pip install 'artgan[huggingface]'."
            ) from error
        options = self.options
        try:
            rows = datasets.load_dataset(options.name, options.subset, split=options.part)
        # It raises its own errors, those of HTTP libraries, and built-in ones.
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            hint = "" if os.sep in options.name else " Check the name on the Hub and your network connection."
            raise artgan.UserError(f"The data set {options.name} isn't available: {reason}.{hint}") from error
        pictures = [name for name, feature in rows.features.items() if isinstance(feature, datasets.Image)]
        column = options.image_column or next(iter(pictures), None)
        if column not in pictures:
            if not pictures:
                raise artgan.UserError(f"{options.name} has no column of pictures: choose another data set.")
            raise artgan.UserError(
                f"{options.name} has no column of pictures called {column}: set image_column to "
                f"{' or '.join(pictures)}."
            )
        self._column = column
        self._texts = self._find_labels(rows, datasets.ClassLabel)
        # Keep pictures as files: they are opened one by one, with the same checks as those in a folder.
        return rows.cast_column(column, datasets.Image(decode=False)).select_columns([column])

    def _find_labels(self, rows: Any, class_label: Any) -> list[str] | None:
        named = [name for name, feature in rows.features.items() if isinstance(feature, class_label)]
        usual = [name for name in COLUMNS if name in rows.features]
        column = self.options.label_column or next(iter([*named, *usual]), None)
        if column is None:
            return None
        if column not in rows.features:
            raise artgan.UserError(
                f"{self.options.name} has no column {column}: set label_column to one of {', '.join(rows.features)}."
            )
        feature, values = rows.features[column], rows[column]
        if isinstance(feature, class_label):
            return ["unsorted" if value is None or value < 0 else feature.int2str(value) for value in values]
        return ["unsorted" if value is None else str(value) for value in values]

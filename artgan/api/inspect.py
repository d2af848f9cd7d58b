"""The library behind ``artgan data inspect``: what there is, what a training would do with it, and a picture of it."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.config import make_config
from artgan.data.dataset import Report
from artgan.data.resolve import locate_data
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec
from artgan.util import files, paths
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from artgan.data.auto_settings import AutoSetting
    from artgan.data.inspect import Inspection

# Pixels; small images are enlarged by a whole factor.
SHEET_WIDTH = 1280
GROUND = "#404040"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A data set, looked at.

    Attributes:
        name: what it is called.
        found: what is in it.
        model: what would be trained.
        choices: what a training would decide, and why; nothing if no picture can be read.
        sheet: the picture of it; None if none was asked for, or there is nothing to show.
    """

    name: str
    found: "Inspection"
    model: str
    choices: "list[AutoSetting]"
    sheet: Path | None

    def require_readable(self) -> None:
        """Raises :class:`UserError` if there is nothing to learn from."""
        if not self.found.readable:
            from artgan.data.unreadable import nothing_readable

            raise nothing_readable(self.name, self.found.damaged)

    def record(self) -> dict[str, Any]:
        """The same for programs."""
        choices = [{**asdict(choice), "text": choice.text} for choice in self.choices]
        sheet = str(self.sheet.absolute()) if self.sheet else None
        found = self.found.record()
        return {"name": self.name, **found, "model": self.model, "choices": choices, "contact_sheet": sheet}


@oom_hint("try a smaller --size, or --no-sheet")
def inspect(
    data: str | os.PathLike[str],
    *,
    data_options: Mapping[str, Any] | None = None,
    size: int | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    sheet: str | os.PathLike[str] | bool = True,
    strict: bool = False,
    report: Report = lambda done, total: None,
) -> Inspected:
    """Look at every picture of a data set: what they are, what is wrong with them, what a training would do with them.

    Args:
        data: a data set's name, or a path that one reads.
        data_options: of the data set.
        size: height and width that images are brought to.
        data_dir: see :mod:`artgan.util.paths`.
        sheet: where the contact sheet goes, a PNG; True for ``NAME-inspected.png`` here, False for none.
        strict: stop at the first picture that can't be read.
        report: called with how many pictures were looked at, of how many.

    Raises:
        UserError: for an unknown name, a path that isn't there, a size that no model makes, or a sheet that isn't
            called a PNG; with ``strict``, for a picture that can't be read.
        ArtganError: if the sheet can't be written.
    """
    if not isinstance(sheet, bool):
        from artgan.imaging.png import require_suffix

        require_suffix(Path(sheet))
    values = {"data": data, "data_options": dict(data_options or {}), **({"size": size} if size else {})}
    config = make_config(locate_data(values))
    registry().find(DatasetSpec, config.data)
    from artgan import build
    from artgan.data import inspect as inspection
    from artgan.data.pictures import PictureDataset
    from artgan.training import advice

    dataset = build.open_dataset(config, paths.data_dir(data_dir))
    dataset.fetch(report)
    name = build.data_name(config, dataset.options)
    choices: list[AutoSetting] = []
    # Before all pictures are looked at, which takes a while: there may be no model for the size that was asked for.
    if not isinstance(dataset, PictureDataset) or dataset.survey.measured:
        config, choices = advice.advise(config, dataset)
    found = inspection.inspect(dataset, report, name, strict)
    path = None
    if sheet is not False:
        path = Path(f"{name}-inspected.png") if sheet is True else Path(sheet)
        images = inspection.samples(dataset)
        if len(images):
            drawn = _sheet(images)
            with files.write_errors(path), files.replacing(path) as temporary:
                drawn.save(temporary, "PNG")
        else:
            path = None
    return Inspected(name, found, config.model, choices, path)


def _sheet(images: "NDArray[np.uint8]") -> "Image.Image":
    """Images (N, H, W, C) in rows, enlarged; transparent ones on a grey that sets off black and white."""
    from PIL import Image

    from artgan.data.inspect import SAMPLES
    from artgan.imaging.contact_sheet import GAP, contact_sheet

    width = SAMPLES * (images.shape[2] + GAP) + GAP
    drawn = contact_sheet(images, SAMPLES, max(1, SHEET_WIDTH // width))
    if drawn.mode != "RGBA":
        return drawn
    ground = Image.new("RGBA", drawn.size, GROUND)
    return Image.alpha_composite(ground, drawn).convert("RGB")

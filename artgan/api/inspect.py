"""Look into a data set: what it holds, what training would do with it, and a contact sheet."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.config import make_config
from artgan.data.resolve import locate_data
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec
from artgan.requests.declare import takes
from artgan.requests.inspect import InspectRequest
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
    """The findings about a data set.

    Attributes:
        name: the data set's name.
        found: its contents.
        model: the model that would be trained.
        choices: what training would decide, and why; empty if no image can be read.
        sheet: the contact sheet; None if none was asked for, or there is nothing to show.
    """

    name: str
    found: "Inspection"
    model: str
    choices: "list[AutoSetting]"
    sheet: Path | None

    def require_readable(self) -> None:
        """Raise :class:`UserError` if there is nothing to train on."""
        if not self.found.readable:
            from artgan.data.unreadable import nothing_readable

            raise nothing_readable(self.name, self.found.damaged)

    def record(self) -> dict[str, Any]:
        """Return the same for programs."""
        choices = [{**asdict(choice), "text": choice.text} for choice in self.choices]
        sheet = str(self.sheet.absolute()) if self.sheet else None
        found = self.found.record()
        return {"name": self.name, **found, "model": self.model, "choices": choices, "contact_sheet": sheet}


@takes(InspectRequest)
@oom_hint("try a smaller --size, or --no-sheet")
def inspect(request: InspectRequest) -> Inspected:
    """Look at every image of a data set: what it holds, what is wrong with it, what training would do with it.

    Args:
        data: the name of a data set, or a path that one reads.
        data_options: options of the data set.
        size: height and width that images are resized to.
        strict: stop at the first image that can't be read.
        sheet: where the contact sheet goes, a PNG; True for ``NAME-inspected.png`` here, False for none.
        data_dir: folder that data sets are downloaded to; None: ``ARTGAN_DATA``, or the cache.
        report: called with how many images have been looked at, and how many there are.

    Raises:
        UserError: for an unknown name, a path that doesn't exist, a size that no model makes, or a sheet that isn't
            a PNG; with ``strict``, for an image that can't be read.
        ArtganError: if the sheet can't be written.
    """
    sheet = request.sheet
    if not isinstance(sheet, bool):
        from artgan.imaging.png import require_suffix

        require_suffix(Path(sheet))
    values = {"data": request.data, "data_options": dict(request.data_options or {})}
    config = make_config(locate_data(values | ({"size": request.size} if request.size else {})))
    registry().find(DatasetSpec, config.data)
    from artgan import build
    from artgan.data import inspect as inspection
    from artgan.data.pictures import PictureDataset
    from artgan.training import advice

    dataset = build.open_dataset(config, paths.data_dir(request.data_dir))
    dataset.fetch(request.report)
    name = build.data_name(config, dataset.options)
    choices: list[AutoSetting] = []
    # Before all images are looked at, which takes a while: there may be no model for the size that was asked for.
    if not isinstance(dataset, PictureDataset) or dataset.survey.measured:
        config, choices = advice.advise(config, dataset)
    found = inspection.inspect(dataset, request.report, name, request.strict)
    path = None
    if sheet is not False and len(images := inspection.samples(dataset)):
        path = Path(f"{name}-inspected.png") if sheet is True else Path(sheet)
        drawn = _sheet(images)
        with files.write_errors(path), files.replacing(path) as temporary:
            drawn.save(temporary, "PNG")
    return Inspected(name, found, config.model, choices, path)


def _sheet(images: "NDArray[np.uint8]") -> "Image.Image":
    """Return images (N, H, W, C) in rows, enlarged; transparent ones on a grey that sets off black and white."""
    from PIL import Image

    from artgan.data.inspect import SAMPLES
    from artgan.imaging.contact_sheet import GAP, contact_sheet

    width = SAMPLES * (images.shape[2] + GAP) + GAP
    drawn = contact_sheet(images, SAMPLES, max(1, SHEET_WIDTH // width))
    if drawn.mode != "RGBA":
        return drawn
    ground = Image.new("RGBA", drawn.size, GROUND)
    return Image.alpha_composite(ground, drawn).convert("RGB")

"""Style mixing: a grid of images with some layers' styles from their column's image and the rest from their row's."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.imaging import png
from artgan.imaging.contact_sheet import GAP, ContactSheet
from artgan.latent.style_layers import parse_layers, require_styles
from artgan.plugins.errors import plugin_call, plugin_errors
from artgan.requests.mix import MixRequest
from artgan.runs import dependencies
from artgan.sampling.latents import choose
from artgan.sampling.load import load_model
from artgan.sampling.provenance import maker
from artgan.sampling.sampler import Sampler, to_uint8
from artgan.util import files

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

# The images on the left and on top are set apart from the mixtures by this many extra gaps.
APART = 2


@dataclass(frozen=True, slots=True)
class Mixed:
    """The result of :func:`mix`.

    Attributes:
        path: the file.
        rows, columns: number of images that were mixed.
        layers: indices of the layers whose styles come from the columns.
        of: number of layers of the model.
        size: width and height in pixels.
    """

    path: Path
    rows: int
    columns: int
    layers: list[int]
    of: int
    size: tuple[int, int]


def mix(run: "RunFolder", request: MixRequest) -> Mixed:
    """Mix the styles of images in a grid. See :func:`artgan.mix`."""
    path = Path(request.out)
    png.require_suffix(path)
    height, width, truncation = request.height, request.width, request.truncation
    files.require_place(path)
    chosen = run.checkpoint(request.checkpoint)
    sampler = Sampler(load_model(run, chosen, device=request.device))
    model = require_styles(run, sampler.model)
    left = choose(sampler, range(height), request.seed, request.row_seeds, request.labels)
    above = choose(sampler, range(height, height + width), request.seed, request.column_seeds, request.labels)

    def make_styles(latents: Tensor, asked: Tensor | None) -> Tensor:
        with plugin_call():
            return model.styles(latents, asked, truncation)

    def synthesise(styles: Tensor) -> Tensor:
        with plugin_call():
            return model.synthesise(styles)

    with plugin_errors(dependencies.maker(run.details), lambda: "while mixing styles", only_calls=True):
        of_left, of_above = (
            sampler.whole(
                make_styles,
                torch.from_numpy(own.values),
                None if own.labels is None else torch.from_numpy(own.labels),
            )
            for own in (left, above)
        )
        count = of_left.shape[1]
        taken = parse_layers(request.layers, count)
        sheet = ContactSheet((height + 1) * (width + 1), sampler.info, width + 1, request.scale)
        if (sheet.rows, sheet.columns) != (height + 1, width + 1):
            raise UserError(f"{height} rows and {width} columns are too many for one picture: use fewer.")
        for place, image in enumerate(png.arrays(sampler.render(above.values, above.labels, truncation))):
            sheet.put(1 + place, image)
        for place, image in enumerate(png.arrays(sampler.render(left.values, left.labels, truncation))):
            sheet.put((1 + place) * (width + 1), image)
        places = [(row, column) for row in range(height) for column in range(width)]
        for first in range(0, len(places), sampler.block):
            some = places[first : first + sampler.block]
            styles = of_left[[row for row, _ in some]]
            styles[:, taken] = of_above[[column for _, column in some]][:, taken]
            images = png.arrays(to_uint8(sampler.whole(synthesise, styles)))
            for (row, column), image in zip(some, images, strict=True):
                sheet.put((1 + row) * (width + 1) + 1 + column, image)
            request.report(first + len(some), len(places))
    said = maker(run, chosen) | {
        "kind": "mix",
        "rows": left.described(),
        "columns": above.described(),
        "layers": taken,
        "truncation": truncation,
        "scale": sheet.scale,
    }
    shown = _set_apart(sheet.picture(), sheet.scale, sampler.info)
    with files.write_errors(path), files.replacing(path) as temporary:
        png.save(shown, temporary, json.dumps(said, ensure_ascii=False))
    return Mixed(path, height, width, taken, count, shown.size)


def _set_apart(sheet: Image.Image, scale: int, info: ImageInfo) -> Image.Image:
    """Return the sheet with extra space between the source images and the mixtures."""
    right, down = (scale * (edge + GAP + GAP // 2) for edge in (info.width, info.height))
    room = scale * GAP * APART
    apart = Image.new(sheet.mode, (sheet.width + room, sheet.height + room), sheet.getpixel((0, 0)))
    for left, x in ((0, 0), (right, room)):
        for top, y in ((0, 0), (down, room)):
            part = sheet.crop((left, top, right if not left else sheet.width, down if not top else sheet.height))
            apart.paste(part, (left + x, top + y))
    return apart

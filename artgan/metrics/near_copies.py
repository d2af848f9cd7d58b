"""``near-copies.png``: the samples nearest to training images, each next to its training image."""

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from artgan.data.prepare import Prepared
from artgan.imaging.png import picture
from artgan.metrics.memorisation import Memorisation
from artgan.util.files import replacing, write_errors

NAME = "near-copies.png"
PAIRS = 24
COLUMNS = 6
GAP = 8
CAPTION = 18
HEADING = 50
SMALLEST_SIDE = 84
PAPER, INK, FAINT, ALARM = (250, 249, 246), (30, 30, 30), (120, 120, 120), (200, 30, 30)


def save_pairs(folder: Path, images: Tensor, training: Prepared, found: Memorisation) -> Path:
    """Draw the nearest pairs, near copies first and framed; return the file."""
    chosen = nearest_pairs(found)
    height, width = images.shape[-2:]
    scale = max(1, math.ceil(SMALLEST_SIDE / max(height, width)))
    cell = 2 * width * scale + 3 * GAP, height * scale + CAPTION + 2 * GAP
    columns = min(COLUMNS, len(chosen), max(1, 1500 // cell[0]))
    rows = math.ceil(len(chosen) / columns)
    font, small = ImageFont.load_default(14), ImageFont.load_default(11)
    sheet = Image.new("RGB", (max(columns * cell[0], 520) + GAP, HEADING + rows * cell[1] + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    flagged = set(found.copies)
    title = f"{len(flagged):,} near copies among {len(found.distances):,} images" if flagged else "No near copies"
    pen.text((GAP, GAP), title, ALARM if flagged else INK, font)
    pen.text((GAP, GAP + 18), "left: generated   right: nearest training image   number: distance", FAINT, small)
    for place, sample in enumerate(chosen):
        left, top = place % columns * cell[0] + GAP, place // columns * cell[1] + HEADING
        pair = [
            images[sample].permute(1, 2, 0).numpy(),
            np.asarray(training.images[int(found.neighbours[sample])]),
        ]
        for side, pixels in enumerate(pair):
            shown = picture(np.ascontiguousarray(pixels)).convert("RGBA")
            shown = shown.resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(shown, (left + side * (width * scale + GAP // 2), top), shown)
        colour = ALARM if sample in flagged else FAINT
        pen.text((left, top + height * scale + 2), f"{float(found.distances[sample]):.3f}", colour, small)
        if sample in flagged:
            box = (left - 3, top - 3, left + 2 * width * scale + GAP // 2 + 2, top + height * scale + 2)
            pen.rectangle(box, outline=ALARM, width=2)
    path = folder / NAME
    with write_errors(path), replacing(path) as temporary:
        sheet.save(temporary, "PNG")
    return path


def nearest_pairs(found: Memorisation) -> list[int]:
    """Choose the samples to show: near copies, then the nearest others."""
    chosen = found.copies[:PAIRS]
    for sample in torch.argsort(found.distances, stable=True).tolist():
        if len(chosen) >= PAIRS:
            break
        if sample not in chosen:
            chosen.append(sample)
    return chosen

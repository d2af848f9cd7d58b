"""The contact sheet shows every image in its place."""

import numpy as np
import pytest

from artgan.data.dataset import ImageInfo
from artgan.imaging.contact_sheet import GAP, MAX_PIXELS, ContactSheet, contact_sheet, default_columns


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
@pytest.mark.parametrize("scale", [1, 3])
def test_images_are_where_they_belong(channels, mode, scale):
    images = np.random.default_rng(0).integers(0, 256, (7, 5, 6, channels), dtype=np.uint8)
    sheet = contact_sheet(images, columns=3, scale=scale)
    assert sheet.mode == mode
    assert sheet.size == ((3 * (6 + GAP) + GAP) * scale, (3 * (5 + GAP) + GAP) * scale)
    pixels = np.asarray(sheet).reshape(sheet.height, sheet.width, channels)
    top, left = (5 + GAP + GAP) * scale, (6 + GAP + GAP) * scale
    fifth = pixels[top : top + 5 * scale : scale, left : left + 6 * scale : scale]
    assert np.array_equal(fifth, images[4])


def test_columns_are_about_as_many_as_rows():
    assert [default_columns(n) for n in (1, 2, 64, 65)] == [1, 2, 8, 9]


def test_labels_in_turn_make_columns():
    assert default_columns(64, 10) == 10
    assert default_columns(1000, 10) == 30
    assert default_columns(64, 2) == 8


def test_small_images_are_enlarged_and_large_ones_are_not():
    assert ContactSheet(64, ImageInfo(1, 28, 28)).scale > 1
    assert ContactSheet(64, ImageInfo(3, 256, 256)).scale == 1


@pytest.mark.parametrize(
    ("n", "size", "columns", "scale"), [(100_000, 28, None, None), (5000, 256, 5000, 1), (64, 64, 8, 64)]
)
def test_a_sheet_is_never_larger_than_its_limit(n, size, columns, scale):
    sheet = ContactSheet(n, ImageInfo(1, size, size), columns, scale)
    assert sheet.picture().size[0] * sheet.picture().size[1] <= MAX_PIXELS
    assert 0 < sheet.shown < n
    sheet.put(n - 1, np.zeros((size, size, 1), np.uint8))

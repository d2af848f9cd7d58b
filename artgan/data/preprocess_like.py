"""Preprocess a picture like the images of a run's data set."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps, UnidentifiedImageError

from artgan.data.dataset import ImageInfo
from artgan.data.picture import decode, read_picture, to_mode
from artgan.data.picture_options import PictureOptions
from artgan.data.resize import FILTERS
from artgan.errors import UserError
from artgan.plugins.options import resolve

# Options that turn a picture into an image, with the values to use where a data set has none.
DEFAULTS = {"fit": "crop", "focus": "centre", "resampling": "smooth", "background": "white"}


def preprocess_like(
    info: ImageInfo, data_options: Mapping[str, Any], image: str | os.PathLike[str]
) -> NDArray[np.uint8]:
    """Read a picture as an array (H, W, C) uint8, preprocessed like the images that a run was trained on.

    Size, channels, fit, focus, resampling and background are those of the run's data set, if it consists of picture
    files. Otherwise the picture is cropped around its centre, transparent parts become white, and areas are averaged.

    Args:
        info: the shape of the run's images.
        data_options: options of the run's data set, as its record has them.
        image: the picture's path.

    Raises:
        UserError: if the picture doesn't exist or can't be read.
    """
    path, options = Path(image), _options(data_options)
    background = options.background
    try:
        if info.height == info.width:
            fit, resampling = options.fit, options.resampling
            return read_picture(path, info.channels, info.height, fit, options.focus, resampling, background)
        whole = decode(path, lambda opened: to_mode(opened, info.channels, background))
        down, up = FILTERS[options.resampling]
        larger = whole.width < info.width or whole.height < info.height
        fitted = ImageOps.fit(whole, (info.width, info.height), up if larger else down)
        return np.array(fitted).reshape(info.height, info.width, info.channels)
    except FileNotFoundError:
        raise UserError(f"{path} doesn't exist.") from None
    except UnidentifiedImageError:
        raise UserError(f"{path} isn't a picture, or has a format that Pillow can't read.") from None
    # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
    except Exception as error:
        why = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path} can't be read as a picture: {why}.") from error


def _options(kept: Mapping[str, Any]) -> Any:
    """Return the picture options of a run's data set, where it has valid ones; another kind may use other values."""
    options = PictureOptions(**DEFAULTS)
    for key in DEFAULTS:
        with suppress(UserError):
            value = getattr(resolve(PictureOptions, {key: kept.get(key)}, "the run's data set"), key)
            if value not in (None, "auto"):
                options = options.model_copy(update={key: value})
    return options

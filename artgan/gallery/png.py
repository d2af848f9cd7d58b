"""PNG files that carry their own metadata."""

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KEY = "artgan"
"""Keyword of the text chunk that holds an image's metadata as JSON."""

COMPRESSION = 3
"""Of zlib: a fifth faster than Pillow's 6 for small images and twice as fast for large ones, for files 3 % larger."""

_HEADER_END = 33  # signature (8 bytes), then the IHDR chunk (25 bytes), which must come first


def picture(image: NDArray[np.uint8]) -> Image.Image:
    """A Pillow image of an array (H, W, C), C being 1 (grey), 3 (RGB) or 4 (RGBA)."""
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)


def encode(image: NDArray[np.uint8], scale: int = 1) -> bytes:
    """A PNG of an array (H, W, C), each pixel enlarged to ``scale`` x ``scale``."""
    shown = picture(image)
    if scale > 1:
        shown = shown.resize((shown.width * scale, shown.height * scale), Image.Resampling.NEAREST)
    file = io.BytesIO()
    shown.save(file, "PNG", compress_level=COMPRESSION)
    return file.getvalue()


def annotate(png: bytes, text: str) -> bytes:
    """``png`` with ``text`` in an iTXt chunk (UTF-8, not compressed) under the keyword :data:`KEY`."""
    body = b"iTXt" + KEY.encode() + b"\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_HEADER_END] + chunk + png[_HEADER_END:]

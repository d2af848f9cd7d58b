"""Pictures of every bad kind, and what should become of each."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 32
RED = (200, 30, 30)


def picture(mode: str = "RGB") -> Image.Image:
    """A picture of its own, for each mode: left half red, right half blue."""
    image = Image.new("RGB", (SIDE, SIDE), RED)
    image.paste((20, 40, 220), (SIDE // 2, 0, SIDE, SIDE))
    return image.convert(mode)


def used(folder: Path) -> list[str]:
    """Fill ``folder`` with pictures that can be used, odd as they are; returns their names."""
    animated = [Image.new("RGB", (SIDE, SIDE), colour) for colour in ("red", "green", "blue")]
    for suffix in ("gif", "webp", "png"):
        animated[0].save(folder / f"animated.{suffix}", save_all=True, append_images=animated[1:])
    picture().save(folder / "really-a-jpeg.png", "JPEG")
    picture().save(folder / "really-a-png.jpg", "PNG")
    picture().save(folder / "really-an-icon.png", "ICO", sizes=[(SIDE, SIDE)])
    picture("CMYK").save(folder / "cmyk.jpg")
    picture("CMYK").save(folder / "cmyk.tif")
    ramp = np.linspace(0, 65535, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16)
    Image.fromarray(ramp).save(folder / "sixteen-bit.png")
    Image.fromarray(ramp).save(folder / "sixteen-bit.tif")
    Image.fromarray((ramp / 65535).astype(np.float32)).save(folder / "float.tif")
    (folder / "sixteen-bit-rgb.png").write_bytes(_png(2, 16, np.repeat(ramp[..., None], 3, 2).astype(">u2")))
    Image.new("1", (SIDE, SIDE), 1).save(folder / "one-bit.png")
    palette = picture("P")
    palette.save(folder / "palette.png", transparency=0)
    palette.save(folder / "palette-of-alphas.png", transparency=bytes(range(256)))
    Image.new("RGB", (1, 1), RED).save(folder / "1x1.png")
    Image.new("RGB", (20_000, 3), RED).save(folder / "wide.png")
    Image.new("RGB", (3, 20_000), RED).save(folder / "tall.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture().save(folder / "rotated.jpg", exif=exif)
    picture().save(folder / "odd-exif.jpg", exif=b"Exif\0\0" + b"\xff" * 40)
    picture().save(folder / "SHOUTED.PNG")
    picture().save(folder / "[red]marked up \x1b[31m\n.png")
    picture().save(folder / "naïve façade 絵 \N{ROCKET}.png")
    return sorted(os.fsdecode(path.name) for path in folder.iterdir())


def skipped(folder: Path) -> list[str]:
    """Fill ``folder`` with files that are no pictures, whatever they are called; returns their names."""
    before = set(os.listdir(folder))
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("not a picture\n" * 50)
    (folder / "svg.png").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>')
    (folder / "zeros.png").write_bytes(bytes(4096))
    (folder / "postscript.png").write_bytes(POSTSCRIPT)
    (folder / "bomb.png").write_bytes(_png_header(60_000, 60_000))
    (folder / "lying-header.png").write_bytes(_png_header(2**31 - 1, 2**31 - 1))
    for suffix, kind in (("png", "PNG"), ("jpg", "JPEG"), ("gif", "GIF"), ("bmp", "BMP"), ("webp", "WEBP")):
        _noise().save(folder / "whole", kind)
        whole = (folder / "whole").read_bytes()
        (folder / f"truncated.{suffix}").write_bytes(whole[: len(whole) // 2])
    for suffix, kind in (("tif", "TIFF"), ("tga", "TGA"), ("ppm", "PPM"), ("avif", "AVIF")):
        _noise().save(folder / "whole", kind)
        whole = (folder / "whole").read_bytes()
        (folder / f"truncated.{suffix}").write_bytes(whole[: len(whole) // 2])
    _noise().save(folder / "whole", "PNG")
    whole = bytearray((folder / "whole").read_bytes())
    whole[len(whole) // 2] ^= 1
    (folder / "flipped-bit.png").write_bytes(bytes(whole))
    (folder / "whole").unlink()
    if os.name != "nt":
        (folder / "loop.png").symlink_to(folder / "loop.png")
        (folder / "nowhere.png").symlink_to(folder / "gone.png")
    return sorted(set(os.listdir(folder)) - before)


# Pillow would start Ghostscript for it.
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n%%EndComments\n0 0 32 32 rectfill\nshowpage\n%%EOF\n"


def _noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1000)))


def _png(colour: int, bits: int, pixels: np.ndarray) -> bytes:
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body

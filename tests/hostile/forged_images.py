"""Image files that strangers send: some are no pictures, some are pictures in unusual clothes."""

from __future__ import annotations

import gzip
import pickle
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

ORANGE = (255, 128, 0)
ORIENTATION = 0x0112
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="8" height="8"/></svg>'
SVG_WITH_ENTITY = (
    b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'
)
PNG_START = b"\x89PNG\r\n\x1a\n"


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    """One colour all over, as near to orange as ``mode`` comes."""
    return Image.new("RGB", size, ORANGE).convert(mode)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG of any header, true or not."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return PNG_START + b"".join(parts)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_canvas(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is far larger than its one frame of 8×8 pixels."""
    frame = saved(plain(size=(8, 8)), "WEBP", lossless=True)[12:]
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    place = bytes(6) + struct.pack("<I", 7)[:3] * 2 + struct.pack("<I", 10)[:3] + b"\0"
    return riff((b"VP8X", b"\x02\0\0\0" + sides), (b"ANIM", bytes(6)), (b"ANMF", place + frame))


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG of 48×32 pixels whose header says otherwise."""
    whole = bytearray(saved(plain(), "JPEG"))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def zipped(content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", content)
    return file.getvalue()


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 48, 3), np.uint8))
FRAMES = [Image.new("RGB", (48, 32), (0, 0, shade)) for shade in (90, 180)]

REFUSED: dict[str, tuple[bytes, str]] = {
    "zero bytes": (b"", "the file is empty"),
    "one byte": (b"\x89", "not a PNG"),
    "text": (b"not an image", "not a PNG"),
    "html": (b"<html><img src=x></html>", "not a PNG"),
    "svg": (SVG, "not a PNG"),
    "svg with an entity": (SVG_WITH_ENTITY, "not a PNG"),
    "compressed svg": (gzip.compress(SVG), "not a PNG"),
    "pickle": (pickle.dumps({"a": 1}), "not a PNG"),
    "zip": (zipped(b"x"), "not a PNG"),
    "pdf": (b"%PDF-1.7\n%%EOF", "not a PNG"),
    "elf program": (b"\x7fELF" + bytes(60), "not a PNG"),
    "gif": (saved(plain(), "GIF"), "not a PNG"),
    "animated gif": (saved(plain(), "GIF", save_all=True, append_images=FRAMES), "not a PNG"),
    "bmp": (saved(plain(), "BMP"), "not a PNG"),
    "tiff": (saved(plain(), "TIFF"), "not a PNG"),
    "postscript": (saved(plain(), "EPS"), "not a PNG"),
    "jpeg 2000": (saved(plain(), "JPEG2000"), "not a PNG"),
    "photoshop": (b"8BPS\0\1" + bytes(60), "not a PNG"),
    "markup, then a png": (b"<script>alert(1)</script>" + saved(plain()), "not a PNG"),
    "png signature alone": (PNG_START, "damaged|not a PNG"),
    "png half": (cut(saved(NOISE), 0.5), "damaged"),
    "png without its end": (cut(saved(NOISE), 0.9), "damaged"),
    "png without pixels": (PNG_START + chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 32, 8, 2, 0, 0, 0)), "not a PNG"),
    "png with a wrong checksum": (saved(NOISE)[:2000] + b"wrong" + saved(NOISE)[2005:], "damaged"),
    "png of no width": (png(0, 32, 8, 2, b""), "damaged|without pixels|not a PNG"),
    "png of a depth that is none": (png(48, 32, 7, 2, bytes(9999)), "damaged|not a PNG"),
    "png with fewer rows than promised": (png(4000, 4000, 8, 2, bytes(100)), "damaged"),
    "png with a text bomb": (
        png(1, 1, 8, 0, b"\0\0", chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000)))),
        "damaged",
    ),
    "png with a colour profile bomb": (
        png(1, 1, 8, 0, b"\0\0", chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(100_000_000)))),
        "damaged|leave 0",
    ),
    "png of 60,000 by 60,000": (png(60_000, 60_000, 8, 2, bytes(1000)), "more than 67,108,864 pixels"),
    "png of 2 billion by 1": (png(2**31 - 1, 1, 8, 0, bytes(1000)), "more than 67,108,864 pixels"),
    "png just over the limit": (png(8193, 8192, 8, 0, bytes(1000)), "more than 67,108,864 pixels"),
    "webp of 60,000 by 60,000": (webp_canvas(60_000, 60_000), "more than 67,108,864 pixels"),
    "webp of 16,384 by 16,384": (webp_canvas(16_384, 16_384), "more than 67,108,864 pixels"),
    "jpeg of 60,000 by 60,000": (jpeg_header(60_000, 60_000), "more than 67,108,864 pixels"),
    "jpeg half": (cut(saved(NOISE, "JPEG"), 0.5), "damaged"),
    "jpeg start": (saved(NOISE, "JPEG")[:20], "damaged|not a PNG"),
    "webp half": (cut(saved(NOISE, "WEBP"), 0.5), "damaged|not a PNG"),
    "webp without an image": (riff((b"VP8 ", b"")), "damaged|not a PNG"),
    "too small to hold a patch": (saved(plain(size=(1, 1))), "1×1 pixels leave 0"),
    "a line of pixels": (saved(plain(size=(4000, 1))), "leave 0 at the deepest layer"),
}
"""Files that no picture can be made from: content, and a pattern of what the one line says."""


def turned(orientation: int) -> bytes:
    """A picture of 48×32 pixels, its left half orange, stored as a camera held in this way would."""
    picture = Image.new("RGB", (48, 32))
    picture.paste(ORANGE, (0, 0, 24, 32))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return saved(picture.transpose(undo[orientation]), exif=exif)


def sixteen_bit_colour() -> bytes:
    return png(48, 32, 16, 2, (b"\0" + struct.pack(">HHH", 65535, 128 * 257, 0) * 48) * 32)


def sixteen_bit_grey() -> bytes:
    return saved(Image.new("I;16", (48, 32), 52428))


GREY = (0.8, 0.8, 0.8)
LUMA = (151 / 255,) * 3
COLOUR = tuple(value / 255 for value in ORANGE)

ACCEPTED: dict[str, tuple[bytes, tuple[float, ...]]] = {
    "a png": (saved(plain()), COLOUR),
    "grey": (saved(plain("L")), LUMA),
    "grey with alpha": (saved(plain("LA")), LUMA),
    "palette": (saved(plain().quantize(4)), COLOUR),
    "rgba": (saved(plain("RGBA")), COLOUR),
    "wholly transparent": (saved(Image.new("RGBA", (48, 32), (9, 9, 9, 0))), (1, 1, 1)),
    "cmyk jpeg": (saved(plain("CMYK"), "JPEG", quality=95), COLOUR),
    "grey jpeg": (saved(plain("L"), "JPEG", quality=95), LUMA),
    "progressive jpeg": (saved(plain(), "JPEG", quality=95, progressive=True), COLOUR),
    "lossy webp": (saved(plain(), "WEBP", quality=95), COLOUR),
    "16-bit colour": (sixteen_bit_colour(), COLOUR),
    "16-bit grey": (sixteen_bit_grey(), GREY),
    "animated png, its first frame": (saved(plain(), "PNG", save_all=True, append_images=FRAMES), COLOUR),
    "animated webp, its first frame": (
        saved(plain(), "WEBP", save_all=True, append_images=FRAMES, lossless=True),
        COLOUR,
    ),
    "several pictures in a jpeg, the first": (saved(plain(), "MPO", save_all=True, append_images=FRAMES), COLOUR),
    "png and zip at once": (saved(plain()) + zipped(b"x"), COLOUR),
    "jpeg and markup at once": (saved(plain(), "JPEG", quality=95) + b"<script>alert(1)</script>", COLOUR),
    "png with markup inside": (
        png(48, 32, 8, 2, (b"\0" + bytes(ORANGE) * 48) * 32, chunk(b"tEXt", b"Comment\0<?php system('id'); ?>")),
        COLOUR,
    ),
    "webp and pdf at once": (saved(plain(), "WEBP", lossless=True) + b"%PDF-1.7", COLOUR),
}
"""Files that are pictures, and the colour of all their pixels."""

"""Pictures of strangers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from starlette.testclient import TestClient

from semstyle.errors import InputError
from semstyle.studio.sessions.picture import LONG_SIDE, kept_picture
from semstyle.studio.sessions.session import StudioSession


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_nothing_but_the_pixels_is_kept() -> None:
    notes = PngInfo()
    notes.add_text("secret", "where it was taken")
    image = Image.new("RGB", (30, 20), "red")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "turned, at home"
    for data, size in ((file_of(image, pnginfo=notes), (30, 20)), (file_of(image, "JPEG", exif=exif), (20, 30))):
        kept = kept_picture(data, "x")
        opened = Image.open(io.BytesIO(kept.file))
        assert opened.size == size == (kept.width, kept.height) and opened.format == "PNG"
        assert not opened.getexif() and getattr(opened, "text", {}) == {}


def test_transparency_lies_over_white_and_a_palette_is_read() -> None:
    clear = kept_picture(file_of(Image.new("RGBA", (8, 8), (255, 0, 0, 0))), "x")
    assert np.asarray(Image.open(io.BytesIO(clear.file))).min() == 255
    indexed = Image.new("RGB", (8, 8), "blue").quantize(4)
    assert np.asarray(Image.open(io.BytesIO(kept_picture(file_of(indexed), "x").file)))[0, 0].tolist() == [0, 0, 255]


def test_a_large_picture_is_made_smaller_and_its_map_smaller_still() -> None:
    kept = kept_picture(file_of(Image.new("L", (3000, 1000))), "x")
    assert (kept.width, kept.height) == (LONG_SIDE, 683) and kept.map_size == (1024, 342)
    assert kept_picture(file_of(Image.new("L", (4, 4000))), "x").map_size == (8, 1024)


def forged_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg onload=alert(1)>", b"GIF89a", forged_png(60_000, 60_000), forged_png(64, 64)[:60], b"\x89PNG" * 9],
    ids=["empty", "svg", "gif", "bomb", "cut", "garbage"],
)
def test_what_is_no_picture_is_told_in_a_line(client: TestClient, session: StudioSession, data: bytes) -> None:
    with pytest.raises(InputError):
        kept_picture(data, "x")
    name = "<img src=x onerror=alert(1)>" * 3
    answer = client.post(f"/api/sessions/{session.id}/pictures", content=data, params={"name": name})
    assert answer.status_code == 400 and "\n" not in answer.json()["error"]
    assert answer.headers["content-type"] == "application/json"
    maps = client.post(f"/api/sessions/{session.id}/maps/style", content=data)
    assert maps.status_code == 400

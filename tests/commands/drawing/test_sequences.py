"""What is sent to terminals, read back by parsers that know only the protocols' descriptions."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from semstyle.commands.drawing.drawing import fitted
from semstyle.commands.drawing.half_blocks import HalfBlocks
from semstyle.commands.drawing.iterm import iterm_sequence
from semstyle.commands.drawing.kitty import kitty_sequences
from semstyle.commands.drawing.sixel import sixel_sequence


@pytest.fixture(scope="module")
def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (61, 83, 3), dtype=np.uint8), "RGB")


def test_kitty_gets_the_image_as_png_in_chunks(noise: Image.Image) -> None:
    text = kitty_sequences(noise)
    parts = re.findall(r"\x1b_G([^;\x1b]*);([A-Za-z0-9+/=]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in parts) == text, "and nothing else"
    keys = [dict(pair.split("=") for pair in each.split(",")) for each, _ in parts]
    assert keys[0] == {"a": "T", "f": "100", "q": "2", "m": "1"} and len(parts) > 2
    assert [each["m"] for each in keys] == ["1"] * (len(parts) - 1) + ["0"]
    assert all(len(data) <= 4096 and len(data) % 4 == 0 for _, data in parts)
    shown = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in parts))))
    assert shown.format == "PNG" and np.array_equal(np.asarray(shown), np.asarray(noise))


def test_iterm_gets_the_image_as_png_of_its_size(noise: Image.Image) -> None:
    found = re.fullmatch(r"\x1b\]1337;File=([^:\x07\x1b]*):([A-Za-z0-9+/=]*)\x07", iterm_sequence(noise))
    assert found
    keys = dict(pair.split("=") for pair in found[1].split(";"))
    content = base64.b64decode(found[2])
    assert (keys["inline"], keys["width"], keys["height"], int(keys["size"])) == ("1", "83px", "61px", len(content))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), np.asarray(noise))


def read_sixels(text: str) -> np.ndarray:
    """Draw a sixel sequence pixel by pixel; what is never drawn is negative."""
    found = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)((?:[#0-9;!$?-~-])*)\x1b\\', text)
    assert found
    width, height = int(found[1]), int(found[2])
    image = np.full((height + 6, width, 3), -1)
    palette: dict[int, tuple[int, ...]] = {}
    colour, x, y = 0, 0, 0
    for define, choose, run, letter, move in re.findall(
        r"#(\d+;2;\d+;\d+;\d+)|#(\d+)|!(\d+)(?=[?-~])|([?-~])|([$-])", found[3]
    ):
        if define:
            number, _, *levels = map(int, define.split(";"))
            palette[number] = tuple(round(level * 255 / 100) for level in levels)
        elif choose:
            colour = int(choose)
        elif run:
            repeat = int(run)
            continue
        elif letter:
            for row in range(6):
                if ord(letter) - 63 >> row & 1:
                    image[y + row, x : x + repeat] = palette[colour]
            x += repeat
        elif move == "$":
            x = 0
        else:
            x, y = 0, y + 6
        repeat = 1
    assert (image[height:] == -1).all()
    return image[:height]


def test_sixels_draw_each_pixel_in_a_colour_close_to_its_own() -> None:
    ramp = np.zeros((20, 64, 3), dtype=np.uint8)
    ramp[..., 0], ramp[..., 1] = np.linspace(0, 255, 64), np.linspace(0, 255, 20)[:, None]
    ramp[5:9, 10:40] = 255  # a run
    drawn = read_sixels(sixel_sequence(Image.fromarray(ramp, "RGB")))
    assert drawn.min() >= 0, "each pixel is drawn"
    assert np.abs(drawn - ramp.astype(int)).mean() < 8
    assert (np.abs(drawn[5:9, 10:40] - 255) <= 6).all()


def test_sixels_of_one_colour_are_short() -> None:
    assert len(sixel_sequence(Image.new("RGB", (500, 300), "teal"))) < 600


def read_blocks(text: str) -> list[list[tuple[tuple[int, ...], tuple[int, ...] | None]]]:
    """Read lines of half blocks in 24-bit colours: (upper, lower) of each letter."""
    lines = []
    for line in text.splitlines():
        cells = re.findall(r"\x1b\[([\d;]*)m▀\x1b\[0m", line)
        assert "".join(f"\x1b[{codes}m▀\x1b[0m" for codes in cells) == line, "and nothing else"
        lines.append([two_colours([int(code) for code in codes.split(";")]) for codes in cells])
    return lines


def two_colours(codes: list[int]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    assert codes[:2] == [38, 2]
    assert codes[5:7] in ([], [48, 2])
    return tuple(codes[2:5]), tuple(codes[7:10]) or None


@pytest.mark.parametrize("height", [12, 13])
def test_half_blocks_show_two_rows_of_pixels_in_each_line(noise: Image.Image, height: int) -> None:
    image = noise.crop((0, 0, 30, height))
    file = io.StringIO()
    Console(file=file, force_terminal=True, color_system="truecolor", width=80).print(HalfBlocks(image), end="")
    lines = read_blocks(file.getvalue())
    assert len(lines) == (height + 1) // 2
    for top, line in enumerate(lines):
        assert [upper for upper, _ in line] == [image.getpixel((x, 2 * top)) for x in range(30)]
        below = [image.getpixel((x, 2 * top + 1)) if 2 * top + 1 < height else None for x in range(30)]
        assert [lower for _, lower in line] == below


def test_half_blocks_come_down_to_256_colours() -> None:
    file = io.StringIO()
    image = Image.new("RGB", (2, 2), (255, 0, 0))
    Console(file=file, force_terminal=True, color_system="256", width=80).print(HalfBlocks(image), end="")
    assert re.findall(r"[34]8;(\d);\d+", file.getvalue()) == ["5", "5"] * 2


def test_an_image_is_scaled_down_only_and_shown_over_white() -> None:
    clear = Image.new("RGBA", (8, 4), (255, 0, 0, 0))
    assert fitted(clear, 80, 40).size == (8, 4)
    assert fitted(clear, 80, 40).getpixel((0, 0)) == (255, 255, 255)
    assert fitted(Image.new("L", (400, 100), 7), 80, 40).size == (80, 20)
    deep = Image.fromarray(np.full((3, 3), 32768, dtype=np.uint16))
    assert fitted(deep, 9, 9).getpixel((1, 1)) == (128, 128, 128)

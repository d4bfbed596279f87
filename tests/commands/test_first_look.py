"""Mistakes in a render's inputs are told from the headers of files, in the words of loading, and without torch."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from semstyle.commands.first_look import look_at
from semstyle.errors import SemstyleError
from semstyle.manifest.inputs import load_inputs
from semstyle.manifest.row import Position, Row, make_row

GOOD = {"style": "wide.png", "style_map": "map.png", "target_map": "map.png", "content": "wide.png"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, mode, size in (
        ("wide.png", "RGB", (96, 64)),
        ("tall.jpg", "RGB", (64, 96)),
        ("map.png", "RGB", (48, 32)),
        ("painted.png", "RGBA", (48, 32)),
        ("grey.png", "L", (48, 32)),
        ("palette.png", "P", (48, 32)),
        ("square.webp", "RGB", (32, 32)),
    ):
        Image.new(mode, size).save(tmp_path / name)
    opaque = Image.new("RGBA", (48, 32), (1, 2, 3, 255))
    opaque.save(tmp_path / "opaque.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 96)).save(tmp_path / "turned.jpg", exif=exif)
    np.save(tmp_path / "five.npy", np.zeros((32, 48, 5), np.float16))
    np.save(tmp_path / "three.npy", np.zeros((32, 48, 3)))
    np.save(tmp_path / "words.npy", np.full((32, 48), "sky"))
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    header = b"IHDR" + struct.pack(">IIBBBBB", 65536, 65536, 8, 2, 0, 0, 0)
    checked = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "many.png").write_bytes(b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 0) + b"IDAT")
    return tmp_path


def row(folder: Path, **values: Any) -> Row:
    made = make_row({**GOOD, **values}, Position("m", 1), str(folder))
    assert isinstance(made, Row), made
    return made


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"content": "turned.jpg"},
        {"style": ["wide.png", "tall.jpg"], "style_map": ["map.png", "three.npy"]},
        {"target_map": "opaque.png"},
        {"style_map": "palette.png"},
        {"style_map": "five.npy", "target_map": "five.npy"},
        {"style_map": None, "target_map": None},
        {"style_map": "auto", "target_map": None},
        {"style": "s3://bucket/style.png", "content": "https://example.com/content.png"},
    ],
    ids=str,
)
def test_what_may_be_right_passes(folder: Path, values: dict[str, Any]) -> None:
    if "tall.jpg" in values.get("style", ()):
        np.save(folder / "three.npy", np.zeros((48, 32, 3)))
    look_at(row(folder, **values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style": "absent.png"}, "absent.png: there is no such file"),
        ({"content": "folder.png"}, "folder.png: this is not a file"),
        ({"content": "empty.png"}, "empty.png: the file is empty"),
        ({"content": "text.png"}, "text.png: not a PNG, JPEG or WebP image"),
        ({"content": "many.png"}, "many.png: more than 67,108,864 pixels"),
        ({"style_map": "absent.png"}, "absent.png: there is no such file"),
        ({"target_map": "text.png"}, "text.png: not a PNG, JPEG or WebP image"),
        ({"target_map": "words.npy"}, "words.npy: an array of <U3; a map is an array of numbers"),
        ({"target_map": "grey.png"}, "the maps' channels differ"),
        ({"target_map": "five.npy"}, "the maps' channels differ"),
        ({"style_map": "painted.png", "target_map": "grey.png"}, "the maps' channels differ"),
        ({"style_map": "square.webp"}, "has another aspect than its image"),
        ({"content": "tall.jpg"}, "has another aspect than its image"),
        ({"init": "absent.png"}, "absent.png: there is no such file"),
        ({"init": "text.png"}, "text.png: not a PNG, JPEG or WebP image"),
    ],
    ids=str,
)
def test_a_mistake_gets_the_line_that_loading_would_give(folder: Path, values: dict[str, Any], message: str) -> None:
    with pytest.raises(SemstyleError) as seen:
        look_at(row(folder, **values))
    with pytest.raises(SemstyleError) as loaded:
        load_inputs(row(folder, **values))
    assert message in str(seen.value)
    told = {str(seen.value), str(loaded.value)}
    assert len(told) == 1 or "folder.png" in message  # which storage words otherwise


def test_a_word_that_is_none_is_told_with_those_that_are(folder: Path) -> None:
    with pytest.raises(
        SemstyleError, match="resnet: there is no such file; encoder is compact, vgg19, pixels, or a file"
    ):
        look_at(row(folder, encoder="resnet"))


def test_weights_that_are_not_there(folder: Path) -> None:
    with pytest.raises(SemstyleError, match=r"absent\.safetensors: there is no such file"):
        look_at(row(folder, encoder="absent.safetensors"))


WITHOUT_TORCH = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "torchvision", "scipy", "ray"}:
            raise ModuleNotFoundError(f"{name} is not to be imported")

sys.meta_path.insert(0, Blocker())
sys.argv = ["semstyle", "render", *sys.argv[1:]]
from semstyle.cli import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--style", "nope.jpg"], 2, "nope.jpg: there is no such file"),
        (["--style", "text.png"], 2, "text.png: not a PNG, JPEG or WebP image"),
        (["--style", "wide.png", "--set", "style_wight=3"], 2, "did you mean style_weight?"),
        (["--style", "wide.png", "--set", "=5"], 2, "write it as NAME=VALUE"),
        (["--style", "wide.png", "--device", "tpu"], 2, "--device tpu: choose auto, cpu or cuda"),
        (
            ["--style", "wide.png", "--style-map", "map.png", "--target-map", "gone.png"],
            2,
            "gone.png: there is no such",
        ),
        (["--style", "wide.png", "--style-map", "map.png", "--target-map", "grey.png"], 2, "channels differ"),
        (["--style", "wide.png", "--style-map", "square.webp", "--target-map", "map.png"], 2, "another aspect"),
        (["--style", "wide.png", "--trace", "folder.png"], 2, "--trace folder.png: this is a folder"),
        (["--style", "wide.png", "--trace", "./out.png"], 2, "this is the image's place"),
        (["--style", "wide.png", "--trace", "/proc/x"], 4, "--trace /proc/x: nothing can be written into /proc"),
    ],
)
def test_mistakes_are_told_without_torch(folder: Path, arguments: list[str], code: int, message: str) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, *arguments, "-o", "out.png"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert message in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not (folder / "out.png").exists()

"""What people have their pictures in: each kind gives the same render, and what is none gets one clear line."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from semstyle.engine import InputError, Parameters, Request, render

SMALL = Parameters(size=32, phases=1, iterations=2, style_layers=("1_1",), content_layers=("1_1",))
ORIENTATION = 0x0112
RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (24, 32, 3), np.uint8)
LABELS = np.zeros((24, 32, 3), np.uint8)
LABELS[:12, :, 0] = 255

KINDS: dict[str, Callable[[Any, Path], Any]] = {
    "text": lambda pixels, file: str(file),
    "path": lambda pixels, file: file,
    "PIL image": lambda pixels, file: Image.fromarray(pixels),
    "lazy PIL image": lambda pixels, file: Image.open(file),
    "uint8 array": lambda pixels, file: pixels,
    "array that is a view": lambda pixels, file: np.flip(np.flip(pixels, 1).copy(), 1),
    "read-only array": lambda pixels, file: np.asarray(Image.fromarray(pixels)),
    "float32 array": lambda pixels, file: pixels.astype(np.float32) / 255,
    "uint8 tensor": lambda pixels, file: torch.from_numpy(pixels).permute(2, 0, 1),
    "tensor": lambda pixels, file: tensor_of(pixels),
}


def tensor_of(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float() / 255


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The picture and the map as files."""
    for name, pixels in {"picture": PIXELS, "map": LABELS}.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return {name: tmp_path / f"{name}.png" for name in ("picture", "map")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_tensors_image_to_the_last_bit(kind: str, files: dict[str, Path]) -> None:
    picture, semantic_map = KINDS[kind](PIXELS, files["picture"]), KINDS[kind](LABELS, files["map"])
    given = Parameters(**{**vars(SMALL), "init": "given"})
    made = render(picture, semantic_map, semantic_map, picture, given, init_image=picture).image
    tensors = tensor_of(PIXELS), tensor_of(LABELS)
    wanted = render(tensors[0], tensors[1], tensors[1], tensors[0], given, init_image=tensors[0]).image
    assert torch.equal(made, wanted)


@pytest.mark.parametrize("several", [list, tuple, iter])
def test_several_styles_of_different_kinds(several: Callable[[Any], Any], files: dict[str, Path]) -> None:
    styles = [PIXELS, files["picture"], tensor_of(PIXELS)]
    maps = [Image.fromarray(LABELS), LABELS, str(files["map"])]
    request = Request(several(styles), several(maps), files["map"])
    assert request.style_maps is not None and request.target_map is not None
    assert all(torch.equal(style, tensor_of(PIXELS)) for style in request.styles) and len(request.styles) == 3
    assert all(torch.equal(one, tensor_of(LABELS)) for one in (*request.style_maps, request.target_map))


def test_a_tensor_is_taken_as_it_is() -> None:
    style, content, maps = (
        torch.rand(3, 24, 32) * 1.2 - 0.1,
        torch.rand(3, 24, 32).double(),
        torch.randn(7, 24, 32) * 90,
    )
    request = Request(style, maps, maps, content)
    assert request.styles[0] is style and request.content is content
    assert request.style_maps == (maps,) and request.target_map is maps


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 51, [0.2, 0.2, 0.2]),
        ("RGBA", (255, 51, 0, 0), [1, 1, 1]),
        ("RGBA", (0, 0, 0, 102), [0.6, 0.6, 0.6]),
        ("LA", (0, 51), [0.8, 0.8, 0.8]),
        ("CMYK", (0, 0, 0, 0), [1, 1, 1]),
        ("1", 1, [1, 1, 1]),
        ("I;16", 13107, [0.2, 0.2, 0.2]),
    ],
)
def test_a_pil_images_mode_counts_as_in_a_file(mode: str, colour: Any, expected: list[float]) -> None:
    style = Request(Image.new(mode, (6, 4), colour)).styles[0]
    assert style.shape == (3, 4, 6)
    assert style[:, 0, 0].tolist() == pytest.approx(expected)


def test_grey_and_transparent_arrays() -> None:
    grey = Request(np.full((4, 6), 51, np.uint8)).styles[0]
    clear = Request(np.zeros((4, 6, 4), np.float64)).styles[0]
    assert grey.unique().tolist() == pytest.approx([0.2]) and grey.shape == (3, 4, 6)
    assert clear.unique().tolist() == [1]
    assert Request(np.full((4, 6, 1), 13107, np.uint16)).styles[0].unique().tolist() == pytest.approx([0.2])


def test_an_opened_photo_is_turned_as_its_file_is_and_stays_what_it_was(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(PIXELS).save(tmp_path / "photo.png", exif=exif)
    with Image.open(tmp_path / "photo.png") as photo:
        assert torch.equal(Request(photo).styles[0], Request(tmp_path / "photo.png").styles[0])
        assert photo.size == (32, 24)
        assert Request(photo).styles[0].shape == (3, 32, 24)


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
def test_a_maps_channels_are_the_images(mode: str, channels: int, tmp_path: Path) -> None:
    image = Image.new(mode, (6, 4))
    image.save(tmp_path / "map.png")
    style = np.zeros((4, 6, 3), np.uint8)
    for semantic_map in (image, tmp_path / "map.png"):
        request = Request(style, semantic_map, semantic_map)
        assert request.target_map is not None and request.target_map.shape == (channels, 4, 6)


def test_an_opaque_alpha_is_dropped_where_others_have_none(tmp_path: Path) -> None:
    Image.fromarray(LABELS).convert("RGBA").save(tmp_path / "painted.png")
    request = Request(PIXELS, tmp_path / "painted.png", LABELS)
    assert request.style_maps is not None
    assert torch.equal(request.style_maps[0], tensor_of(LABELS))
    with pytest.raises(InputError, match="3 channels and the target's 4; both need the same channels"):
        render(PIXELS, LABELS, Image.new("RGBA", (32, 24), (0, 0, 0, 9)), parameters=SMALL)


def test_a_map_of_any_channels_is_an_array_or_a_npy(tmp_path: Path) -> None:
    soft = RANDOM.random((24, 32, 5))
    np.save(tmp_path / "soft.npy", soft)
    request = Request(PIXELS, tmp_path / "soft.npy", soft)
    assert request.style_maps is not None and request.target_map is not None
    assert torch.equal(request.style_maps[0], request.target_map) and request.target_map.shape == (5, 24, 32)
    labels = Request(PIXELS, np.eye(24, 32, dtype=np.int64) * 7, np.eye(24, 32) > 0)
    assert labels.style_maps is not None and labels.style_maps[0].max() == 7


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


ANY = "a path, a PIL image, an array (height × width × channels) or a tensor (channels × height × width)"
WRONG_IMAGES = {
    "floats in 0..255": (PIXELS.astype(float), "floats from 0 to 255, where an image has 0 to 1; divide it by 255"),
    "tensor in 0..255": (tensor_of(PIXELS) * 255, "floats from 0 to 255, where an image has 0 to 1; divide it by 255"),
    "normalised": (tensor_of(PIXELS) * 4 - 2, "floats from -2 to 2, where an image has 0 to 1; scale it"),
    "not finite": (np.full((4, 4, 3), np.nan), "holds numbers that are not finite"),
    "infinite tensor": (torch.full((3, 4, 4), torch.inf), "holds numbers that are not finite"),
    "H×W×3 tensor": (
        torch.rand(24, 32, 3),
        "a tensor of shape (24, 32, 3); a tensor is channels × height × width: permute(2, 0, 1) it",
    ),
    "3×H×W array": (
        np.zeros((3, 24, 32)),
        "an array of shape (3, 24, 32); an array is height × width × channels: transpose(1, 2, 0) it",
    ),
    "batch": (
        torch.rand(2, 3, 24, 32),
        "a tensor of shape (2, 3, 24, 32); this is a batch of 2; give a list of tensors 3 × height × width",
    ),
    "batch of arrays": (
        np.zeros((2, 24, 32, 3)),
        "an array of shape (2, 24, 32, 3); this is a batch of 2; give a list of arrays height × width × 3",
    ),
    "two channels": (
        np.zeros((24, 32, 2)),
        "an array of shape (24, 32, 2); that of an image is height × width × 3, or height × width of grey",
    ),
    "no pixels": (np.zeros((0, 4, 3)), "4×0, an image without pixels"),
    "whole numbers": (
        np.zeros((24, 32, 3), np.int64),
        "an array of int64; give floats in 0..1, or uint8 in 0..255",
    ),
    "whole tensor": (
        torch.zeros(3, 24, 32, dtype=torch.int64),
        "a tensor of torch.int64; give floats in 0..1, or uint8 in 0..255",
    ),
    "palette": (Image.new("P", (6, 4)), "a PIL image of mode P; give image.convert('RGB'), or its path"),
    "floats in PIL": (Image.new("F", (6, 4)), "a PIL image of mode F; give image.convert('RGB'), or its path"),
    "missing": ("absent.png", "absent.png: there is no such file"),
    "folder": (Path("/"), "/: this is a folder"),
    "too long a name": ("x" * 5000, f"{'x' * 5000}: cannot be read (File name too long)"),
    "URI": (
        "s3://me:secret@bucket/x.png",
        "a URI (s3://…); render() reads local files, `semstyle render` URIs",
    ),
    "number": (3, f"got int; give {ANY}"),
    "bytes": (b"x.png", f"got bytes; give {ANY}"),
    "mapping": ({"style": "x.png"}, f"got dict; give {ANY}"),
}
SINGLE = ("content", "init_image")


def asked(argument: str, picture: Any) -> Request:
    given = {"style_maps": tensor_of(LABELS), "target_map": tensor_of(LABELS)} if argument.endswith("map") else {}
    names = {"style": "styles", "style_map": "style_maps"}
    inits = Parameters(init="given") if argument == "init_image" else None
    return Request(**{"styles": PIXELS, "parameters": inits, **given, names.get(argument, argument): picture})


@pytest.mark.parametrize("argument", ["style", *SINGLE])
@pytest.mark.parametrize("case", WRONG_IMAGES)
def test_what_is_no_image_gets_one_line_that_names_the_argument(case: str, argument: str) -> None:
    picture, message = WRONG_IMAGES[case]
    with pytest.raises(InputError) as refused:
        asked(argument, picture)
    ending = ", or a list of these" if argument == "style" and "got" in message else ""
    assert str(refused.value) == f"{argument}: {message}{ending}"


WRONG_MAPS = {
    "H×W×3 tensor": (torch.rand(24, 32, 3), "a tensor is channels × height × width: permute(2, 0, 1) it"),
    "3×H×W array": (np.zeros((3, 24, 32)), "an array is height × width × channels: transpose(1, 2, 0) it"),
    "text": (np.full((24, 32), "sky"), "an array of <U3; a map is an array of numbers"),
    "one row": (np.zeros(24), "an array of shape (24,); a map is (height, width, channels) or (height, width)"),
    "not finite": (np.full((24, 32), np.inf), "holds numbers that are not finite"),
    "no channels": (np.zeros((24, 32, 0)), "an array of shape (24, 32, 0); a map has one channel at least"),
    "empty tensor": (torch.zeros(0, 24, 32), "that of a map is channels × height × width"),
    "palette": (Image.new("P", (32, 24)), "a PIL image of mode P; give image.convert('RGB'), or its path"),
    "missing": ("absent.png", "absent.png: there is no such file"),
    "number": (3, "got int; give"),
}


@pytest.mark.parametrize("argument", ["style_map", "target_map"])
@pytest.mark.parametrize("case", WRONG_MAPS)
def test_what_is_no_map_gets_one_line_that_names_the_argument(case: str, argument: str) -> None:
    picture, message = WRONG_MAPS[case]
    with pytest.raises(InputError) as refused:
        asked(argument, picture)
    assert str(refused.value).startswith(f"{argument}: ") and message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"GIF89a", "not a PNG, JPEG or WebP image, but a GIF; save it as one of these"),
        (npy(np.array([{}]), allow_pickle=True), "an array of object; a map is an array of numbers"),
        (npy(np.zeros((24, 32)))[:99], "damaged"),
    ],
)
def test_what_is_in_a_file_is_told_with_its_name(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "map.png").write_bytes(content)
    with pytest.raises(InputError) as refused:
        asked("target_map", tmp_path / "map.png")
    assert str(refused.value).startswith(f"target_map: {tmp_path / 'map.png'}: ") and message in str(refused.value)


def test_the_faulty_one_of_several_is_named() -> None:
    with pytest.raises(InputError, match=r"^style\[1\]: absent\.png: there is no such file$"):
        Request([PIXELS, "absent.png"])
    with pytest.raises(InputError, match=r"^style_map\[1\]: a PIL image of mode P"):
        Request([PIXELS, PIXELS], [LABELS, Image.new("P", (32, 24))], LABELS)


def test_one_picture_where_a_list_is_given() -> None:
    with pytest.raises(InputError, match=r"^content: got list; give a path"):
        Request(PIXELS, content=[PIXELS])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^style: no images; give 1 to 16$"):
        render([])
    with pytest.raises(InputError, match="style_map is missing"):
        render(PIXELS, [], LABELS)


def test_a_map_that_is_not_of_its_styles_aspect_is_refused_unless_both_are_tensors() -> None:
    tall = np.zeros((32, 24, 3), np.uint8)
    with pytest.raises(InputError, match=r"^style_map: 24×32 pixels, and its style 32×24: they need the same aspect"):
        Request(PIXELS, tall, LABELS)
    assert Request(PIXELS, tensor_of(tall), LABELS).target_map is not None

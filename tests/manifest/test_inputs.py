"""Loading a row's files, and keeping the ones that a grid repeats."""

from __future__ import annotations

import uuid
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from semstyle.engine import InputError, Request
from semstyle.manifest import Position, Row, input_file, load_inputs
from semstyle.manifest import inputs as inputs_module
from semstyle.manifest.decoded import Decoded, DecodedFiles
from semstyle.manifest.input_file import InputFile
from semstyle.manifest.inputs import check_input
from semstyle.manifest.row import BadRow, make_row
from semstyle.storage import AllowList, Folder, MissingObjectError, StorageError


def picture(width: int, height: int, mode: str = "RGB", colour: Any = None) -> bytes:
    file = BytesIO()
    Image.new(mode, (width, height), colour if colour is not None else 0).save(file, "PNG")
    return file.getvalue()


def row(base: str, **values: Any) -> Row:
    made = make_row(values, Position(f"{base}/m.parquet", 1), base)
    assert not isinstance(made, BadRow), made
    return made


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    if request.param == "disk":
        return Folder(str(tmp_path))
    return Folder(f"{request.getfixturevalue('s3')}/{uuid.uuid4().hex}")


@pytest.mark.parametrize("method", ["analogy", "color"])
def test_weights_that_a_method_does_not_look_at_need_not_be_there(tmp_path: Path, method: str) -> None:
    for name in ("style.png", "content.png"):
        (tmp_path / name).write_bytes(picture(40, 30))
    paths = {"style": "style.png", "content": "content.png", "encoder": "nowhere.npz"}
    inputs = load_inputs(row(str(tmp_path), method=method, **paths))
    assert {column for column, _ in inputs.files} == {"style", "content"}


def test_everything_a_render_takes(folder: Folder) -> None:
    folder.write("style.png", picture(40, 30, colour=(255, 0, 51)))
    folder.write("style_map.png", picture(20, 15, "RGBA", (0, 0, 255, 255)))
    folder.write("target_map.png", picture(64, 32, "RGB", (0, 255, 0)))
    folder.write("content.png", picture(128, 64, "L", 51))
    folder.write("start.png", picture(5, 5))
    whole = row(
        folder.uri,
        style="style.png",
        style_map="style_map.png",
        target_map="target_map.png",
        content="content.png",
        init="start.png",
    )
    inputs = load_inputs(whole)
    request = Request(**inputs.as_dict(), parameters=whole.parameters)
    assert [tuple(tensor.shape) for tensor in request.tensors()] == [
        (3, 30, 40),
        (3, 15, 20),
        (3, 32, 64),
        (3, 64, 128),
        (3, 5, 5),
    ]
    assert (len(request.styles), len(request.style_maps or ())) == (1, 1)
    assert torch.allclose(inputs.styles[0][:, 0, 0], torch.tensor([1, 0, 0.2]))


def test_a_style_alone_is_texture_synthesis(tmp_path: Path) -> None:
    (tmp_path / "style.png").write_bytes(picture(8, 8))
    inputs = load_inputs(row(str(tmp_path), style="style.png"))
    assert inputs.styles[0].shape == (3, 8, 8)
    assert [inputs.style_maps, inputs.target_map, inputs.content, inputs.init_image] == [None] * 4


def test_arrays_as_maps(tmp_path: Path) -> None:
    (tmp_path / "style.png").write_bytes(picture(12, 8))
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, np.random.default_rng(0).normal(size=(8, 12, 5)))
    inputs = load_inputs(row(str(tmp_path), style="style.png", style_map="a.npy", target_map="b.npy"))
    assert inputs.style_maps is not None and inputs.style_maps[0].shape == (5, 8, 12)


def test_a_map_of_another_aspect_than_its_image(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(picture(40, 20))
    (tmp_path / "tall.png").write_bytes(picture(20, 40))
    with pytest.raises(InputError, match=r"tall\.png.*another aspect.*wide\.png"):
        load_inputs(row(str(tmp_path), style="wide.png", style_map="tall.png", target_map="tall.png"))
    with pytest.raises(InputError, match=r"wide\.png.*another aspect.*tall\.png"):
        load_inputs(
            row(str(tmp_path), style="wide.png", style_map="wide.png", target_map="wide.png", content="tall.png")
        )


def test_several_styles_each_with_its_map(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(picture(40, 20))
    (tmp_path / "tall.png").write_bytes(picture(20, 40))
    (tmp_path / "with_alpha.png").write_bytes(picture(10, 20, "RGBA", (0, 0, 255, 255)))
    values = {"style": ["wide.png", "tall.png"], "style_map": ["wide.png", "with_alpha.png"], "target_map": "wide.png"}
    inputs = load_inputs(row(str(tmp_path), **values))
    assert [tuple(style.shape) for style in inputs.styles] == [(3, 20, 40), (3, 40, 20)]
    assert [tuple(style_map.shape) for style_map in inputs.style_maps or ()] == [(3, 20, 40), (3, 20, 10)]
    swapped = row(str(tmp_path), **{**values, "style_map": ["with_alpha.png", "wide.png"]})
    with pytest.raises(InputError, match=r"with_alpha\.png.*another aspect.*wide\.png"):
        load_inputs(swapped)
    for column, uri in swapped.uris():
        if column == "style_map":
            with pytest.raises(InputError, match="another aspect"):
                check_input(swapped, column, uri)


def test_missing_and_wrong_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "style.png").write_text("not an image")
    with pytest.raises(InputError, match=r"style\.png: not a PNG, JPEG or WebP"):
        load_inputs(row(str(tmp_path), style="style.png"))
    with pytest.raises(MissingObjectError, match=r"none\.png: there is no such file"):
        load_inputs(row(str(tmp_path), style="none.png"))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "style.png").write_bytes(picture(8, 8))
    monkeypatch.setattr(input_file, "MAX_BYTES", 10)
    with pytest.raises(StorageError, match="larger than the limit of 10 bytes"):
        load_inputs(row(str(tmp_path), style="style.png"))


@pytest.mark.parametrize("column", ["style", "second style", "content", "init", "encoder"])
def test_nothing_is_read_that_is_not_allowed(column: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/ok.png", "secret.png"):
        (tmp_path / name).write_bytes(picture(8, 8))
    name, secret = column.split()[-1], "in/../secret.png"
    values: dict[str, Any] = {"style": "in/ok.png", "content": "in/ok.png"}
    values[name] = ["in/ok.png", secret] if column == "second style" else secret
    with pytest.raises(StorageError, match="not under an allowed prefix"):
        load_inputs(row(str(tmp_path), **values), AllowList([str(tmp_path / "in")]))
    values[name] = "in/ok.png"
    load_inputs(row(str(tmp_path), **values), AllowList([str(tmp_path / "in")]))


def test_what_a_grid_repeats_is_decoded_once_and_anew_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    decode = inputs_module.decode_image

    def counted(data: bytes, name: str) -> torch.Tensor:
        decoded.append(name)
        return decode(data, name)

    monkeypatch.setattr(inputs_module, "decode_image", counted)
    (tmp_path / "style.png").write_bytes(picture(8, 8))
    for seed in range(3):
        load_inputs(row(str(tmp_path), style="style.png", seed=seed))
    assert len(decoded) == 1
    (tmp_path / "style.png").write_bytes(picture(9, 9, colour=(1, 2, 3)))
    assert load_inputs(row(str(tmp_path), style="style.png")).styles[0].shape == (3, 9, 9)
    assert len(decoded) == 2


def test_one_file_as_an_image_and_as_a_map(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(8, 8, "RGBA", (0, 0, 0, 0)))
    inputs = load_inputs(row(str(tmp_path), style="a.png", style_map="a.png", target_map="a.png"))
    assert inputs.style_maps is not None
    assert inputs.style_maps[0].shape == (4, 8, 8)
    assert inputs.styles[0].min() == 1


def test_the_cache_keeps_within_its_bytes(tmp_path: Path) -> None:
    cache = DecodedFiles(limit=1000)
    used = []

    def decode(uri: str) -> Decoded:
        used.append(Path(uri).name)
        return Decoded(torch.zeros(3, 10, 10 if uri.endswith("huge") else 3), "RGB", InputFile(uri, None, None))

    for name in ("a", "b", "c", "huge"):
        (tmp_path / name).write_bytes(b"")
    for name in ("a", "b", "a", "c", "b", "a"):  # 360 bytes each: only two fit, and the longest unused goes
        cache.get(str(tmp_path / name), "image", decode)
        assert cache.held <= 1000
    assert used == ["a", "b", "c", "b", "a"]
    assert cache.get(str(tmp_path / "huge"), "image", decode).size == 1200
    assert cache.held <= 1000

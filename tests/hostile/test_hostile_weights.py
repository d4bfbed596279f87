"""Weights from strangers: whatever a file says it holds, reading it is bounded, and ends in one clear line."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import pytest
from anything import as_weights
from bounded_loading import answers
from forged_weights import (
    FOUR,
    NUMBERS,
    REFUSED,
    TOO_MUCH,
    archive,
    legacy,
    named,
    npy,
    npy_header,
    number,
    safetensors,
    sequence,
    state,
    storage,
    tensor,
    text,
    zipped,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import WEIGHTS
from settling import assert_is_one_clear_line, settled

from semstyle.engine.encoders.loading import load_encoder
from semstyle.errors import InputError

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOST_MEGABYTES, MOST_SECONDS = 400, 10


@pytest.fixture(scope="module")
def too_much(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of loading each."""
    return answers("weights", TOO_MUCH, tmp_path_factory.mktemp("weights"))


@pytest.mark.parametrize("case", TOO_MUCH)
def test_a_small_file_that_asks_for_much_is_refused_with_little(case: str, too_much: dict[str, dict[str, Any]]) -> None:
    answer = too_much[case]
    assert answer["kind"] == "InputError", answer
    assert_is_one_clear_line(answer["message"])
    assert answer["megabytes"] < MOST_MEGABYTES
    assert answer["seconds"] < MOST_SECONDS


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_encoder_is_one_clear_line(case: str, tmp_path: Path) -> None:
    make, message = REFUSED[case]
    (tmp_path / "weights").write_bytes(make())
    with pytest.raises(InputError, match=message) as caught:
        load_encoder(str(tmp_path / "weights"))
    assert str(caught.value).startswith("weights weights: ")
    assert_is_one_clear_line(str(caught.value))


def test_a_file_larger_than_any_encoder_is_not_even_begun(tmp_path: Path) -> None:
    with (tmp_path / "weights").open("wb") as file:
        file.truncate(3 * 2**30)  # it takes no place on the disk
    with pytest.raises(InputError, match="it has 3,221,225,472 bytes, and the most is 2,147,483,648"):
        load_encoder(str(tmp_path / "weights"), sha256="0" * 64)


@pytest.mark.parametrize("name", ["/dev/zero", "/proc/self/mem", "/"])
def test_what_is_no_file_is_no_encoder(name: str) -> None:
    with pytest.raises(InputError):
        load_encoder(name)
    with pytest.raises(InputError):
        load_encoder("a\0b")


@pytest.mark.parametrize(
    "case", ["an npz whose header makes a convolution of 81 GB", "a bias that is no number", "numbers that are nowhere"]
)
def test_a_row_with_such_weights_is_set_aside_at_once(case: str, folder: Path) -> None:
    make = TOO_MUCH.get(case) or REFUSED[case][0]
    (folder / "weights").write_bytes(make())
    line = settled(folder, {"style": "style.png", "encoder": "weights"})
    assert line is not None and line.startswith("weights weights: ")


def test_what_is_damaged_below_is_whole() -> None:
    assert all(as_weights(content) for content in WEIGHTS)


@MANY
@given(st.sampled_from(WEIGHTS), st.data())
def test_any_damage_is_seen_or_does_no_harm(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content)
    # Most of what matters is at both ends: pickles and headers at the start, an archive's directory at the end.
    places = st.integers(0, len(content) - 1) | st.integers(0, 1200) | st.integers(len(content) - 900, len(content) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        damaged[min(place, len(content) - 1)] = data.draw(st.integers(0, 255))
    as_weights(bytes(damaged[: data.draw(places)] if data.draw(st.booleans()) else damaged))


SIZES = st.integers(-2, 200) | st.sampled_from([2**31, 2**63, 10**30, True, None, 1.5, "3", math.nan]) | st.just(3)
SHAPES = st.lists(SIZES, max_size=6) | st.sampled_from([[4, 3, 3, 3], [4], []])
JUNK = st.recursive(
    st.none() | st.booleans() | SIZES | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = st.sampled_from(["1_1.weight", "1_1.bias", "__metadata__", "features.0.weight", "\n\x1b[2J", ""])
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F16", "F64", "BF16", "I64", "U8", "f32"]) | JUNK,
        "shape": SHAPES | JUNK,
        "data_offsets": st.lists(SIZES | st.sampled_from([0, 16, 432, 448]), min_size=2, max_size=2) | JUNK,
    },
    optional={"more": JUNK},
)


@MANY
@given(st.dictionaries(NAMES, ENTRIES | JUNK) | JUNK, st.integers(0, 600))
def test_any_header_of_safetensors(header: Any, length: int) -> None:
    as_weights(safetensors(header, bytes(length)))


KINDS = ["<f2", "<f4", "<f8", ">f4", "|O", "<U9", "<c8", "<i8", "<M8[s]", "|V4", [("a", "<f4")]]
ARRAY_HEADERS = st.fixed_dictionaries(
    {"descr": st.sampled_from(KINDS) | JUNK, "fortran_order": st.booleans() | JUNK, "shape": SHAPES.map(tuple) | JUNK},
    optional={"more": JUNK},
)


@MANY
@given(
    ARRAY_HEADERS.map(repr) | JUNK.map(repr) | st.text(),
    st.sampled_from([(1, 0), (2, 0), (3, 0), (0, 0), (255, 255)]),
    st.integers(0, 600),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
)
def test_any_header_of_an_array(header: str, version: tuple[int, int], length: int, method: int) -> None:
    members = {
        "1_1.weight.npy": npy(header, bytes(length), version),
        "1_1.bias.npy": npy(npy_header("<f2", (4,)), bytes(8)),
    }
    as_weights(archive(members, method))


PIECES = st.sampled_from(
    [
        *(
            b"(",
            b"t",
            b")",
            b"]",
            b"}",
            b"a",
            b"e",
            b"s",
            b"u",
            b"b",
            b"N",
            b"R",
            b"Q",
            b"\x81",
            b"\x85",
            b"\x86",
            b"\x87",
        ),
        *(b"q\x00", b"h\x00", b"0", b"2", b"K\x04", b"\x88", b"o", b"i\nos\n", b"\x93", b"\x95" + bytes(8)),
        *(text("1_1.bias"), number(4), number(-1), FOUR, storage(4), named("collections", "OrderedDict")),
        *(named("torch.nn.parameter", "Parameter"), named("torch._utils", "_rebuild_tensor_v2"), named("os", "system")),
        sequence(text("storage"), named("torch", "FloatStorage"), text("0"), text("cpu"), b"K\x04"),
        tensor(4, (4, 1), (1, 9)),
    ]
)


@MANY
@given(st.lists(PIECES, max_size=30).map(b"".join), st.booleans())
def test_any_pickle(body: bytes, is_old: bool) -> None:
    pickled = b"\x80\x02" + body + b"."
    as_weights(legacy(pickled, tail=NUMBERS) if is_old else zipped(pickled, bytes(16)))
    as_weights(legacy(state(body), tail=NUMBERS) if is_old else zipped(state(body), bytes(16)))

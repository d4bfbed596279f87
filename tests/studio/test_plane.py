"""Pixels of layers, which may be a stranger's."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.plane import UNPAINTED, Plane, flattened, read_plane

NUMBERS = arrays(
    np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.sampled_from([0, 1, 63, UNPAINTED])
)


@given(NUMBERS)
def test_a_plane_reads_back_as_it_was(numbers: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> None:
    assert np.array_equal(read_plane(Plane(numbers).file()).numbers, numbers)


@given(NUMBERS, st.integers(1, 40), st.integers(1, 40))
def test_another_size_has_no_label_that_was_not_there(
    numbers: np.ndarray[tuple[int, int], np.dtype[np.uint8]], width: int, height: int
) -> None:
    resized = Plane(numbers).resized((width, height))
    assert resized.size == (width, height) and set(np.unique(resized.numbers)) <= set(np.unique(numbers))
    assert np.array_equal(Plane(numbers).resized(numbers.shape[::-1]).numbers, numbers)


def plane(width: int, height: int, pixels: bytes) -> bytes:
    return struct.pack("<II", width, height) + zlib.compress(pixels)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        plane(4, 4, bytes(15)),
        plane(4, 4, bytes(17)),
        plane(0, 4, b""),
        plane(4, 1025, bytes(4 * 1025)),
        plane(4, 4, bytes([64] * 16)),
        plane(4, 4, bytes(16))[:-4],
        struct.pack("<II", 4, 4) + b"not deflated",
    ],
    ids=range(9),
)
def test_what_is_no_plane_is_refused(data: bytes) -> None:
    with pytest.raises(StudioError):
        read_plane(data)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = plane(8, 8, bytes(2**28))
    tracemalloc.start()
    with pytest.raises(StudioError, match="more or fewer pixels"):
        read_plane(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_painting_lies_over_the_automatic_map_and_both_over_the_ground() -> None:
    painting = Plane(np.array([[1, UNPAINTED, UNPAINTED]], np.uint8))
    automatic = Plane(np.array([[2, 2, UNPAINTED]], np.uint8))
    assert flattened(painting, automatic, 3, (3, 1)).numbers.tolist() == [[1, 2, 3]]
    assert flattened(None, None, 3, (3, 1)).numbers.tolist() == [[3, 3, 3]]

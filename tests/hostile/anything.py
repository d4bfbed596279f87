"""Any bytes as a manifest, a map, an image, a grid spec or weights: a result, or one clear line, and nothing else."""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from settling import assert_is_one_clear_line

from semstyle.engine.encoders.loading import compact_encoder
from semstyle.engine.encoders.weight_files import stored_tensors
from semstyle.errors import SemstyleError
from semstyle.images import decode_image
from semstyle.manifest import BadRow, read_rows
from semstyle.manifest.identity import check_id
from semstyle.manifest.specs import read_spec
from semstyle.manifest.writer import write_manifest
from semstyle.maps import read_map

MOST_ROWS = 2000
SCRATCH_FOLDER = tempfile.TemporaryDirectory(prefix="semstyle-any-")
SCRATCH = Path(SCRATCH_FOLDER.name)


def a_result_or_one_clear_line(read: Callable[[], object]) -> bool:
    """Whether ``read`` gave a result; any error but ours passes through."""
    try:
        read()
    except SemstyleError as error:
        assert_is_one_clear_line(str(error))
        return False
    return True


def as_manifest(data: bytes) -> bool:
    """Read ``data`` as a Parquet file: every row is one to render, or says why not."""
    path = SCRATCH / "manifest.parquet"
    path.write_bytes(data)
    return a_result_or_one_clear_line(lambda: check_rows(str(path)))


def check_rows(uri: str) -> None:
    for row in itertools.islice(read_rows(uri), MOST_ROWS):
        check_id(row.render_id)
        assert row.content_id
        if isinstance(row, BadRow):
            assert_is_one_clear_line(str(row))


def as_grid_spec(data: bytes) -> bool:
    """Read ``data`` as a grid spec, and write the rows that it stands for."""
    path = SCRATCH / "grid.yaml"
    path.write_bytes(data)
    return a_result_or_one_clear_line(lambda: write_rows(str(path)))


def write_rows(uri: str) -> None:
    spec = read_spec(uri)
    rows: Iterable[dict[str, object]] = itertools.islice(spec.rows(), MOST_ROWS)
    write_manifest(rows, spec.columns(), str(SCRATCH / "built.parquet"), spec.lists())


def as_map(data: bytes) -> bool:
    """Read ``data`` as a semantic map and as an image."""

    def read() -> None:
        values = read_map(data, "a map of theirs").values
        assert values.ndim == 3 and values.isfinite().all()

    def decode() -> None:
        image = decode_image(data, "an image of theirs")
        assert image.shape[0] == 3 and image.min() >= 0 and image.max() <= 1

    return a_result_or_one_clear_line(read) | a_result_or_one_clear_line(decode)


def as_weights(data: bytes) -> bool:
    """Read ``data`` as an encoder's weights: a small one with finite weights."""

    def read() -> None:
        made = compact_encoder(stored_tensors(io.BytesIO(data), "weights of theirs"), "weights of theirs")
        assert sum(parameter.numel() for parameter in made.parameters()) < 10_000
        assert all(parameter.isfinite().all() for parameter in made.parameters())

    return a_result_or_one_clear_line(read)

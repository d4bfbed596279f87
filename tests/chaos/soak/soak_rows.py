"""The manifest of a soak: tiny renders of every method, rows that cannot be rendered, and rows that come twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from semstyle.manifest.schema import written_schema

SIZE = 64
STYLES, SCENES = 6, 4
METHODS = (*("semantic", "patch", "gram", "color") * 5, "semantic", "patch", "gram", "analogy")
"""In turn; an analogy takes as long as two others."""
EVALUATIONS = 2
EVERY_BAD, EVERY_MISSING, EVERY_TWICE = 97, 89, 101
"""Of so many rows one has a parameter out of its range, one names a style that is not there, one comes twice."""
WRITTEN_AT_ONCE = 5000


@dataclass(frozen=True)
class Expected:
    """What should become of the rows of a soak: render ids by what they end as.

    Attributes:
        rows: How many rows the manifest has, those that come twice counted twice.
    """

    rows: int
    rendered: frozenset[str]
    failed: frozenset[str]

    @property
    def renders(self) -> int:
        return len(self.rendered) + len(self.failed)


def id_of(number: int) -> str:
    """Return the id of a row: digits as evenly spread as those of ids that are hashes of their row."""
    return hashlib.sha256(f"soak {number}".encode()).hexdigest()[:16]


def is_bad(number: int) -> bool:
    return number % EVERY_BAD == EVERY_BAD - 1


def is_missing(number: int) -> bool:
    return number % EVERY_MISSING == EVERY_MISSING - 1 and not is_bad(number)


def row(number: int, inputs: Path) -> dict[str, Any]:
    """Return the columns of a row. Methods and styles change from row to row, and no two rows have the same seed."""
    style, scene = number // len(METHODS) % STYLES, number % SCENES
    method = METHODS[number % len(METHODS)]
    with_maps = method in {"semantic", "color", "analogy"}
    with_content = method in {"gram", "color"} or (method == "patch" and number % 2 == 0)
    name = "gone" if is_missing(number) else f"style{style}"
    return {
        "render_id": id_of(number),
        "style": str(inputs / f"{name}.png"),
        "style_map": str(inputs / f"style{style}_map.png") if with_maps else None,
        "target_map": str(inputs / f"scene{scene}_map.png") if with_maps else None,
        "content": str(inputs / f"scene{scene}.png") if with_content else None,
        "method": method,
        "size": SIZE,
        "phases": 1,
        "iterations": EVALUATIONS,
        "seed": number,
        "style_weight": -1.0 if is_bad(number) else 25.0 + number % 3 * 25.0,
        "tags": {"style": f"{style}", "scene": f"{scene}"},
    }


def rows(count: int, inputs: Path) -> Iterator[dict[str, Any]]:
    """Yield ``count`` rows; one that repeats an earlier row takes the place of a new one."""
    for number in range(count):
        repeats = number % EVERY_TWICE == EVERY_TWICE - 1
        yield row(number - len(METHODS) if repeats else number, inputs)


def write_manifest(folder: Path, count: int) -> tuple[Path, Expected]:
    """Write inputs and a manifest of ``count`` rows into ``folder``; returns its path and what should become of it."""
    inputs = folder / "inputs"
    write_inputs(inputs)
    path = folder / "manifest.parquet"
    rendered: set[str] = set()
    failed: set[str] = set()
    schema = written_schema(set(row(0, inputs)))
    with pq.ParquetWriter(path, schema) as writer:
        part: list[dict[str, Any]] = []
        for one in rows(count, inputs):
            is_good = one["style_weight"] > 0 and Path(one["style"]).stem != "gone"
            (rendered if is_good else failed).add(one["render_id"])
            part.append(one)
            if len(part) == WRITTEN_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(part, schema))
                part = []
        writer.write_table(pa.Table.from_pylist(part, schema))
    return path, Expected(count, frozenset(rendered), frozenset(failed))


def write_inputs(folder: Path) -> None:
    """Write styles and scenes, each with a map of three regions."""
    folder.mkdir(parents=True)
    for number in range(STYLES):
        write_picture(folder / f"style{number}", number)
    for number in range(SCENES):
        write_picture(folder / f"scene{number}", 100 + number)


def write_picture(stem: Path, seed: int) -> None:
    dice = np.random.default_rng(seed)
    side = SIZE
    y, x = np.mgrid[:side, :side] / side
    label = (y + 0.2 * np.sin(6 * x + seed) > 0.4).astype(int) + ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.06)
    colors = dice.integers(40, 215, (3, 3))
    waves = 40 * np.sin(dice.uniform(15, 60) * x + dice.uniform(15, 60) * y)[..., None]
    picture = colors[label] + waves + dice.normal(0, 12, (side, side, 3))
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(stem.with_suffix(".png"))
    maps = np.array([[230, 40, 40], [40, 230, 40], [40, 40, 230]], np.uint8)
    Image.fromarray(maps[label]).save(stem.with_name(f"{stem.name}_map.png"))

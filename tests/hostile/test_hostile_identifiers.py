"""Ids from strangers name files: none leaves its folder, and none takes another's place."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from settling import SMALL, assert_is_one_clear_line, settled

from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally, pending
from semstyle.manifest import BadRow, read_rows

REFUSED = {
    "parent folder": "../../x",
    "parent folder at the end": "x/..",
    "parent folder alone": "..",
    "this folder": ".",
    "absolute": "/etc/cron.d/x",
    "windows path": "..\\..\\x",
    "windows drive": "C:\\x",
    "home": "~/x",
    "subfolder": "a/b",
    "uri": "s3://bucket/x",
    "hidden file": ".bashrc",
    "option": "-rf",
    "blank": " ",
    "leading blank": " x",
    "newline": "x\n",
    "newline inside": "x\ny",
    "carriage return": "x\ry",
    "tab": "x\ty",
    "nul": "x\0.png",
    "escape sequence": "\x1b]0;x\x07",
    "bell": "x\x07",
    "right-to-left override": "x\u202egnp.exe",
    "zero-width": "x\u200by",
    "full-width letters": "ｘｙ",
    "combining accent": "e\u0301",
    "emoji": "🙂",
    "shell substitution": "$(touch x)",
    "shell backquotes": "`touch x`",
    "shell sequence": "x;touch y",
    "wildcard": "*",
    "percent-encoded": "..%2fx",
    "markup": "<script>alert(1)</script>",
    "template": "{{7*7}}",
    "129 letters": "x" * 129,
    "10 kB": "x" * 10_000,
    "10 kB of dots": "../" * 3_333,
}


@pytest.mark.parametrize("case", REFUSED)
def test_quarantined_under_a_safe_name(case: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", "render_id": REFUSED[case]})
    assert line is not None and "is not an id" in line
    assert len(line) < 400
    (failure,) = (folder / "out/failures").iterdir()
    assert failure.stem.isalnum() and len(failure.stem) == 20


@pytest.mark.parametrize("render_id", ["a", "A.b-c_d", "0", "x" * 128, "con", "a..b", "images", "status.json"])
def test_rendered_under_its_own_name(render_id: str, folder: Path) -> None:
    assert settled(folder, {"style": "style.png", "render_id": render_id}) is None
    assert (folder / f"out/images/{render_id}.png").is_file()


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_id_is_one_of_the_content(nothing: str | None, folder: Path) -> None:
    assert settled(folder, {"style": "style.png", "render_id": nothing}) is None
    (image,) = (folder / "out/images").iterdir()
    assert len(image.stem) == 20


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"render_id": "sunset"}, {"render_id": "SUNSET"}),
        ({"render_id": "sunset"}, {"render_id": "Sunset", "seed": 1}),
        ({"render_id": "sunset"}, {"render_id": "sunset", "seed": 1}),
        ({"render_id": "sunset"}, {"render_id": "sunset", "style": "content.png"}),
        ({"render_id": "sunset"}, {"render_id": "sunset", "size": -1}),
        ({"render_id": "sunset", "size": -1}, {"render_id": "sunset"}),
    ],
)
def test_a_name_that_is_taken_is_named_as_such(
    first: dict[str, object], second: dict[str, object], folder: Path
) -> None:
    rows = [{"style": "style.png", "seed": 0, **SMALL, **row} for row in (first, second)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "m.parquet")
    tally = Tally(rows=2)
    planned = list(pending(read_rows(str(folder / "m.parquet")), Ledger(), tally, False))
    assert len({row.render_id.lower() for row in planned}) == 2, "neither is lost, and neither writes over the other"
    (clash,) = (row for row in planned if isinstance(row, BadRow) and row.column == "render_id")
    assert clash.position.row == 2
    assert_is_one_clear_line(str(clash))


def test_the_same_row_twice_is_one_render(folder: Path) -> None:
    rows = [{"style": "style.png", "render_id": "sunset", **SMALL}] * 2
    pq.write_table(pa.Table.from_pylist(rows), folder / "m.parquet")
    tally = Tally(rows=2)
    assert len(list(pending(read_rows(str(folder / "m.parquet")), Ledger(), tally, False))) == 1
    assert tally.duplicates == 1

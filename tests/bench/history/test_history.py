"""Releases are kept, one file each, and shown in a table and a plot."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from semstyle.bench.history.figures import PANELS
from semstyle.bench.history.plot import draw_history
from semstyle.bench.history.release import Release, keep, releases_in
from semstyle.bench.history.table import SHOWN, history_table
from semstyle.engine import InputError

SLOWER = PANELS[0].lines[0]


def release(version: str, seconds: float | None = None, day: str = "2026-11-28") -> Release:
    """A release in which a render takes so many seconds; None leaves the figure out."""
    figures = {} if seconds is None else {SLOWER.benchmark: {SLOWER.name: seconds}}
    return Release(version=version, measured=day, machine="a CPU, 2 threads", packages="torch 2", figures=figures)


def test_releases_are_kept_in_the_order_of_their_versions(tmp_path: Path) -> None:
    for version in ("1.10.0", "1.9.1", "0.2.0"):
        keep(release(version, 3.0), tmp_path / "benchmarks")
    assert [one.version for one in releases_in(tmp_path / "benchmarks")] == ["0.2.0", "1.9.1", "1.10.0"]


def test_the_same_release_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    keep(release("1.0.0", 9.0, "2026-11-01"), tmp_path)
    path = keep(release("1.0.0", 3.0), tmp_path)
    assert path.name == "1.0.0.json"
    assert releases_in(tmp_path) == [release("1.0.0", 3.0)]


def test_a_file_that_is_no_release_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.0.0.json").write_text('{"version": "1.0.0"}')
    with pytest.raises(InputError, match=r"1\.0\.0\.json: measured: not what semstyle bench report wrote"):
        releases_in(tmp_path)


def test_the_table_has_what_was_measured_of_the_last_releases() -> None:
    releases = [release(f"1.{number}.0", 3.0 + number) for number in range(9)]
    releases[-2] = release("1.7.0")
    table = history_table(releases)
    assert table.columns == ("", *(f"1.{number}.0" for number in range(9 - SHOWN, 9)))
    assert table.rows == [("a render, seconds: 400 pixels, 3×40", "6", "7", "8", "9", "", "11")]
    assert "1.8.0 on 2026-11-28: a CPU, 2 threads" in table.note


@pytest.mark.parametrize("count", [1, 9])
def test_the_plot_shows_a_slow_down_and_bears_gaps(count: int, tmp_path: Path) -> None:
    releases = [release(f"1.{number}.0", 3.0) for number in range(count)]
    releases[count // 2] = release("1.5.0")
    draw_history(releases, tmp_path / "even.png")
    draw_history([*releases[:-1], release("2.0.0", 30.0)], tmp_path / "slower.png")
    even, slower = (Image.open(tmp_path / f"{name}.png") for name in ("even", "slower"))
    assert even.width > 600 and even.tobytes() != slower.tobytes()
    assert (tmp_path / "even.png").stat().st_size < 300_000

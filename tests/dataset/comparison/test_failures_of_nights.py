"""Which failures are new and which are gone."""

from __future__ import annotations

from pathlib import Path

from nights import record, write_night

from semstyle.dataset.comparison.failures import MOST_TOLD, FailedRow, failure_changes
from semstyle.dataset.comparison.night import read_night


def test_failures_are_known_again_by_their_ids(tmp_path: Path) -> None:
    before = {"stays": "no such file", "gone": "not an image", "mended": "too large"}
    after = {"stays": "another message", "new": "no such file"}
    write_night(tmp_path / "before", [record("one")], failures=before)
    write_night(tmp_path / "after", [record("one"), record("mended")], failures=after)
    found = failure_changes(*(read_night(str(tmp_path / name)).failures for name in ("before", "after")))
    assert (found.before, found.after) == (3, 2)
    assert [(row.render_id, row.failure_class, row.message) for row in found.new] == [("new", "input", "no such file")]
    assert [row.render_id for row in found.gone] == ["gone", "mended"]


def test_where_ids_differ_they_are_known_by_what_is_told() -> None:
    def row(render_id: str, message: str) -> FailedRow:
        return FailedRow(render_id=render_id, failure_class="input", message=message)

    before = [row("a1", "x.png: gone"), row("a2", "x.png: gone"), row("a3", "y.png: gone")]
    after = [row("b1", "x.png: gone"), row("b2", "z.png: gone")]
    found = failure_changes(before, after)
    assert [one.render_id for one in found.new] == ["b2"]
    assert [one.render_id for one in found.gone] == ["a2", "a3"]


def test_a_failure_that_was_rendered_after_all_is_none(tmp_path: Path) -> None:
    write_night(tmp_path / "night", [record("one")], failures={"one": "too late", "two": "fails"})
    assert [row.render_id for row in read_night(str(tmp_path / "night")).failures] == ["two"]


def test_a_failure_whose_file_is_cut_off_still_counts(tmp_path: Path) -> None:
    write_night(tmp_path / "night", [record("one")], failures={"two": "fails"})
    (tmp_path / "night" / "failures" / "two.json").write_text('{"render_id": "tw')
    (row,) = read_night(str(tmp_path / "night")).failures
    assert (row.render_id, row.failure_class) == ("two", "unreadable")


def test_of_many_failures_all_are_counted_and_some_are_told() -> None:
    rows = [FailedRow(render_id=f"r{number}", failure_class="input", message=str(number)) for number in range(250)]
    found = failure_changes([], rows)
    assert (found.new_count, len(found.new), found.gone_count) == (250, MOST_TOLD, 0)

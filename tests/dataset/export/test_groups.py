"""Splits: what shares an input is in one of them, by way of others too, wherever it lies and whatever else there is."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from exported_run import record
from hypothesis import given
from hypothesis import strategies as st

from semstyle.dataset.export import DatasetFormat, ExportOptions, parse_shares
from semstyle.dataset.export.options import SPLITS
from semstyle.dataset.export.splitting.groups import Groups, keys_of
from semstyle.dataset.export.splitting.splits import split_of
from semstyle.errors import InputError

OPTIONS = ExportOptions(DatasetFormat.PARQUET)


def grouped(rows: list[dict[str, Any]], options: ExportOptions = OPTIONS) -> list[str]:
    groups = Groups()
    numbers = [groups.add(keys_of({"content": None, **row}, options)) for row in rows]
    return [groups.key(first) for first, *_ in numbers]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40))
def test_groups_are_the_connected_components(pairs: list[tuple[int, int]]) -> None:
    rows = [
        record(f"r{i}", target_map=f"t{target}.png", content=f"c{content}.png")
        for i, (target, content) in enumerate(pairs)
    ]
    found = grouped(rows)
    graph = nx.Graph([(f"t{target}", f"c{content}") for target, content in pairs])
    for one, (target, _) in zip(found, pairs, strict=True):
        for other, (another, _) in zip(found, pairs, strict=True):
            assert (one == other) == nx.has_path(graph, f"t{target}", f"t{another}")


def test_copies_of_one_file_are_one_input() -> None:
    rows = [record("a", target_map="t.png"), record("b", target_map="copy.png"), record("c", target_map="other.png")]
    rows[1]["inputs"][-1]["sha256"] = rows[0]["inputs"][-1]["sha256"]
    first, copy, other = grouped(rows)
    assert first == copy != other


def test_maps_that_are_made_are_no_common_input() -> None:
    """Every row of a run may ask for ``auto`` maps; the word is no file, and older records have no digests."""
    rows = [record(name, target_map="auto", style_map="auto", content=f"{name}.jpg", inputs=None) for name in "ab"]
    assert len(set(grouped(rows))) == 2


def test_an_initial_image_is_an_input_and_the_words_for_none_are_not() -> None:
    noise = [record(name, target_map=f"{name}.png", init="noise", inputs=None) for name in "ab"]
    assert len(set(grouped(noise))) == 2
    same = [record(name, target_map=f"{name}.png", init="s3://b/start.png", inputs=None) for name in "ab"]
    assert len(set(grouped(same))) == 1


def test_without_a_scene_the_style_decides() -> None:
    styles = {"a": "s.png", "b": "s.png", "c": "z.png"}
    rows = [record(name, style=style, inputs=None) | {"target_map": None} for name, style in styles.items()]
    first, second, third = grouped(rows)
    assert first == second != third


def test_by_style_a_render_of_two_styles_joins_them() -> None:
    styles = ('["x.png", "y.png"]', "x.png", "y.png", "z.png")
    rows = [record(str(number), style=style, inputs=None) for number, style in enumerate(styles)]
    both, one, other, apart = grouped(rows, ExportOptions(DatasetFormat.PARQUET, "style"))
    assert both == one == other != apart


def test_by_tag_those_without_it_are_together() -> None:
    rows = [
        record(str(n), tags=tags) for n, tags in enumerate(({"scene": "a"}, {"scene": "b"}, {"scene": "a"}, {}, {}))
    ]
    found = grouped(rows, ExportOptions(DatasetFormat.PARQUET, "tag:scene"))
    assert found[0] == found[2] and found[3] == found[4] and len(set(found)) == 3


def test_shares_are_kept_and_a_seed_changes_who_is_where() -> None:
    counts = dict.fromkeys(SPLITS, 0)
    for number in range(5000):
        counts[split_of(f"file {number}", OPTIONS)] += 1
    assert counts["train"] == pytest.approx(4000, abs=150)
    assert counts["validation"] == pytest.approx(500, abs=100) and counts["test"] == pytest.approx(500, abs=100)
    other = ExportOptions(DatasetFormat.PARQUET, seed=1)
    assert any(split_of(f"file {n}", OPTIONS) != split_of(f"file {n}", other) for n in range(100))


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.5, 0.0, 0.5), (0.0, 0.0, 1.0)])
def test_a_share_of_nothing_gets_nothing(shares: tuple[float, float, float]) -> None:
    options = ExportOptions(DatasetFormat.PARQUET, shares=shares)
    used = {split_of(f"file {number}", options) for number in range(500)}
    assert used == {split for split, share in zip(SPLITS, shares, strict=True) if share}


@pytest.mark.parametrize("text", ["0.8,0.2", "a,b,c", "0.5,0.5,0.5", "-0.1,0.6,0.5", "nan,0,1", ""])
def test_shares_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--split"):
        parse_shares(text)


@pytest.mark.parametrize("by", ["contents", "tag:", "", "tag"])
def test_what_cannot_be_split_by_is_refused(by: str) -> None:
    with pytest.raises(InputError, match="there are content, style, inputs, each and tag:NAME"):
        ExportOptions(DatasetFormat.PARQUET, by)

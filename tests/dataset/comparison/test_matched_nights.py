"""Which renders belong together, whatever has changed between two nights."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from nights import record

from semstyle.dataset.comparison.changed_settings import check_names
from semstyle.dataset.comparison.matching import Match, Matching, match
from semstyle.dataset.comparison.rendered import READ, Rendered, RenderedReader
from semstyle.errors import InputError

TARGETS = ("t1.png", "t2.png", "t3.png")


def night(*rows: dict[str, Any]) -> list[Rendered]:
    """These renders, as they are read; each has its own id and its place by its number."""
    reader = RenderedReader()
    nothing = dict.fromkeys(READ)
    return [
        reader.rendered({**nothing, "manifest_file": "m", "manifest_row": number, **row})
        for number, row in enumerate(rows)
    ]


def grid(prefix: str, targets: tuple[str, ...] = TARGETS, **parameters: list[Any]) -> list[Rendered]:
    """Every target with every combination of values, with ids of no other grid's."""
    combinations = itertools.product(targets, *parameters.values())
    return night(
        *(
            record(f"{prefix}{number}", target_map=target, **dict(zip(parameters, values, strict=True)))
            for number, (target, *values) in enumerate(combinations)
        )
    )


def told(matching: Matching, *names: str) -> list[tuple[Any, ...]]:
    """Of each pair the target before and after, and these settings before and after."""
    return sorted(
        (
            pair.before.uris[2][0],
            pair.after.uris[2][0],
            *((pair.before.settings[name], pair.after.settings[name]) for name in names),
        )
        for pair in matching.pairs
    )


def test_the_same_ids_belong_together_whatever_differs() -> None:
    before = night(record("one"), record("two", target_map="t2.png", size=64), record("gone"))
    after = night(record("new", seed=9), record("two", target_map="t2.png", size=128), record("one"))
    matching = match(before, after, Match.ID)
    assert [(pair.before.render_id, pair.after.render_id) for pair in matching.pairs] == [
        ("one", "one"),
        ("two", "two"),
    ]
    assert [render.render_id for render in matching.only_before] == ["gone"]
    assert [render.render_id for render in matching.only_after] == ["new"]
    assert matching.by_id == 2
    assert matching.changed == {("size", "64", "128"): 1}


def test_gamma_halved_in_every_row_pairs_by_inputs() -> None:
    matching = match(grid("a", semantic_weight=[50.0]), grid("b", semantic_weight=[25.0]))
    assert told(matching, "semantic_weight") == [(target, target, (50, 25)) for target in TARGETS]
    assert (matching.by_id, matching.changed) == (0, {("semantic_weight", "50", "25"): 3})


def test_a_grid_of_gammas_halved_pairs_in_order_of_size() -> None:
    before = grid("a", semantic_weight=[10.0, 50.0, 250.0], style_weight=[25.0, 50.0])
    after = grid("b", style_weight=[25.0, 50.0], semantic_weight=[125.0, 25.0, 5.0])
    matching = match(before, after)
    assert len(matching.pairs) == 18 and not matching.only_before
    assert {values for _, _, values, _ in told(matching, "semantic_weight", "style_weight")} == {
        (10, 5),
        (50, 25),
        (250, 125),
    }
    assert all(one == other for _, _, _, (one, other) in told(matching, "semantic_weight", "style_weight"))


def test_other_seeds_pair_even_when_there_are_more_of_them() -> None:
    matching = match(grid("a", seed=[0, 1]), grid("b", seed=[7, 8, 9]))
    assert told(matching, "seed") == [(target, target, pair) for target in TARGETS for pair in ((0, 7), (1, 8))]
    assert len(matching.only_after) == 3


def test_several_parameters_may_differ_at_once() -> None:
    matching = match(
        grid("a", semantic_weight=[10.0, 50.0], seed=[0, 1], iterations=[40]),
        grid("b", semantic_weight=[5.0, 25.0], seed=[2, 3], iterations=[80]),
    )
    assert len(matching.pairs) == 12
    assert {name for name, _, _ in matching.changed} == {"semantic_weight", "seed", "iterations"}
    assert {values for *_, values in told(matching, "seed")} == {(0, 2), (1, 3)}


def test_a_change_of_one_method_alone_is_not_hidden_by_the_others_ids() -> None:
    other = [record("color", method="color", target_map="t1.png", semantic_weight=50.0)]
    before = night(*other, record("a", target_map="t1.png", semantic_weight=50.0))
    after = night(*other, record("b", target_map="t1.png", semantic_weight=25.0))
    matching = match(before, after)
    assert (len(matching.pairs), matching.by_id) == (2, 1)
    assert matching.changed == {("semantic_weight", "50", "25"): 1}


def test_a_grid_that_grew_pairs_no_new_value_with_an_old_one() -> None:
    before = night(*(record(f"g{value}", semantic_weight=float(value)) for value in (10, 50)))
    after = night(*(record(f"g{value}", semantic_weight=float(value)) for value in (50, 100)))
    matching = match(before, after)
    assert [pair.before.render_id for pair in matching.pairs] == ["g50"]
    assert (len(matching.only_before), len(matching.only_after)) == (1, 1)
    across = match(before, after, Match.INPUTS, ["semantic_weight"])
    assert [(pair.before.render_id, pair.after.render_id) for pair in across.pairs] == [("g10", "g50"), ("g50", "g100")]


@pytest.mark.parametrize("by", [Match.AUTO, Match.INPUTS])
def test_a_value_that_was_replaced_does_not_pair_while_another_stayed(by: Match) -> None:
    before = night(*(record(f"g{value}", semantic_weight=float(value)) for value in (10, 50)))
    after = night(*(record(f"g{value}", semantic_weight=float(value)) for value in (10, 100)))
    matching = match(before, after, by)
    assert [(pair.before.render_id, pair.after.render_id) for pair in matching.pairs] == [("g10", "g10")]
    assert not matching.changed


def test_a_render_that_is_missing_shifts_no_other() -> None:
    before = grid("a", semantic_weight=[10.0, 50.0, 250.0])
    after = grid("b", semantic_weight=[5.0, 25.0, 125.0])
    without = [render for render in before if render.render_id != "a0"]  # 10 on the first target
    matching = match(without, after)
    assert {values for *_, values in told(matching, "semantic_weight")} == {(10, 5), (50, 25), (250, 125)}
    assert [render.render_id for render in matching.only_after] == ["b0"]


def test_values_that_nobody_can_tell_apart_stay_without_partner_and_that_is_said() -> None:
    matching = match(grid("a", semantic_weight=[10.0, 50.0]), grid("b", semantic_weight=[5.0]))
    assert matching.pairs == []
    assert matching.remarks == [
        "semantic_weight has the values 10, 50 before and 5 after, none in common: which of them belong together is "
        "not known, so these renders have no partner"
    ]


def test_other_inputs_do_not_pair_though_their_names_are_the_same() -> None:
    before = night(record("a", seed=1))
    changed = record("b", seed=1)
    changed["inputs"][0] = {**changed["inputs"][0], "sha256": "another"}
    assert match(before, night(changed)).pairs == []
    moved = record("c", seed=1)
    moved["style"] = "elsewhere/s.png"
    assert len(match(before, night(moved)).pairs) == 1, "the same file under another name"


def test_records_without_digests_pair_by_the_names_of_their_inputs() -> None:
    old = record("a", seed=1) | {"inputs": None}
    assert len(match(night(old), night(record("b", seed=1))).pairs) == 1
    assert match(night(old), night(record("b", seed=1, target_map="other.png"))).pairs == []


def test_a_tag_that_names_the_night_does_not_part_them_and_others_do() -> None:
    before = night(*(record(f"a{scene}", tags={"night": "monday", "scene": scene}) for scene in ("coast", "zoo")))
    after = night(*(record(f"b{scene}", tags={"night": "tuesday", "scene": scene}) for scene in ("zoo", "coast")))
    matching = match(before, after)
    assert [(pair.before.render_id, pair.after.render_id) for pair in matching.pairs] == [
        ("acoast", "bcoast"),
        ("azoo", "bzoo"),
    ]


def test_renders_that_nothing_tells_apart_pair_in_the_order_of_the_manifest() -> None:
    before, after = night(record("a1"), record("a2")), night(record("b1"), record("b2"), record("b3"))
    assert [(pair.before.render_id, pair.after.render_id) for pair in match(before, after).pairs] == [
        ("a1", "b1"),
        ("a2", "b2"),
    ]


def test_a_parameter_to_pair_across_has_to_be_known() -> None:
    renders = night(record("a", tags={"night": "monday"}))
    check_names(["seed", "tags.night"], renders)
    with pytest.raises(InputError, match="--across semantic_wieght: no such parameter; did you mean semantic_weight"):
        check_names(["semantic_wieght"], renders)

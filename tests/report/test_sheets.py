"""Which groups are on which sheet, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from semstyle.report.sheets import MOST_IMAGES, MOST_SHEETS, planned


def results(sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Groups of these sizes, in the order of the manifest; they come as from a table, which is in another."""
    rows = [
        {"render_id": f"{group}-{number}", "tags": [("group", str(group))], "manifest_file": "m.parquet"}
        for group, size in enumerate(sizes)
        for number in range(size)
    ]
    return ({**row, "manifest_row": number} for number, row in sorted(enumerate(rows), key=lambda row: row[0] ^ 5))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([60, 1, 39], [[60, 1, 39]]),
        ([60, 1, 40], [[60], [1], [40]]),
        ([5, 96, 7, 90, 8], [[5, 7, 8], [96], [90]]),
        ([12] * 9, [[12] * 8, [12]]),
        ([1] * 130, [[1] * 100, [1] * 30]),
        ([250], [[250]]),
        ([], [[]]),
    ],
    ids=str,
)
def test_groups_are_whole_and_in_order(sizes: Sequence[int], expected: Sequence[Sequence[int]]) -> None:
    plan = planned(results(sizes))
    assert [[group.count for group in sheet] for sheet in plan.sheets] == expected


@pytest.mark.parametrize("size", [1, 7, 250, 10_000])
def test_ten_thousand_renders_have_a_bounded_number_of_sheets_which_say_so(size: int) -> None:
    plan = planned(results([size] * (10_000 // size)))
    drawn = sum(plan.drawn(sheet) for sheet in plan.sheets)
    assert len(plan.sheets) <= MOST_SHEETS and drawn <= MOST_SHEETS * MOST_IMAGES
    for number in range(len(plan.sheets)):
        heading = plan.heading(number)
        assert f" of {plan.total:,} renders, in the order of the manifest." in heading
        assert f" {plan.total - drawn:,} renders are " in heading and heading.endswith(
            "index.html beside this has them all."
        )


def test_whole_groups_that_are_left_out_are_counted() -> None:
    plan = planned(results([100] * 22))
    assert plan.heading(0) == (
        "100 of 2,200 renders, in the order of the manifest. The 19 other sheets show 1,900 more. "
        "200 renders are on no sheet, among them 2 whole groups. index.html beside this has them all."
    )

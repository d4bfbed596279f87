"""What a reader picks in the report, and what is made of it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect
from report_data import cells_of, column_of, read_data
from report_page import NEEDS_CHROMIUM, ReportPage

from semstyle.engine.parameter import checked
from semstyle.manifest.columns import PARAMETER_FIELDS
from semstyle.manifest.condition import Condition

pytestmark = NEEDS_CHROMIUM


@dataclass(frozen=True)
class ShownRow:
    """A row of the manifest, as the report tells of it."""

    values: dict[str, Any]

    def value(self, name: str) -> Any:
        value = self.values.get(name)
        return checked(PARAMETER_FIELDS[name], value) if name in PARAMETER_FIELDS else value


def rows_of(page: Path) -> dict[str, ShownRow]:
    out = page.parents[1]
    head, ids = read_data(out, "run"), read_data(out, "renders-00000")["ids"]
    names = [column["name"] for column in head["columns"] if column["group"] in ("parameter", "tag")]
    constants = {name: column_of(head, name)["constant"] for name in names if "constant" in column_of(head, name)}
    cells = {name: cells_of(out, name) for name in names if name not in constants}
    return {
        render_id: ShownRow(constants | {name: values[at] for name, values in cells.items()})
        for at, render_id in enumerate(ids)
    }


def keep(report: ReportPage, stars: Sequence[str], rejects: Sequence[str] = ()) -> None:
    """Have the page come up with these picks, as if they had been made on an earlier day."""
    key = f"semstyle-picks:{report.page.evaluate('window.localStorage.key(0)').partition(':')[2]}"
    report.page.evaluate(
        "([key, text]) => localStorage.setItem(key, text)",
        [key, json.dumps({"star": list(stars), "reject": list(rejects)})],
    )
    report.page.reload()
    report.settle()


def chosen_ids(kind: str, rows: dict[str, ShownRow]) -> list[str]:
    if kind == "one":
        return list(rows)[7:8]
    if kind == "a few":
        return list(rows)[3:30:7]
    if kind == "a block":
        return [
            name
            for name, row in rows.items()
            if row.value("style_weight") in (25, 50) and row.value("tags.scene") == "coast"
        ]
    if kind == "all":
        return list(rows)
    return random.Random(4).sample(list(rows), 25)


def test_the_condition_holds_for_the_stars_and_for_no_other(browser: Browser, small_report: Path) -> None:
    rows = rows_of(small_report)
    with ReportPage(browser, small_report, "#/grid") as report:
        report.find(".grid-cell").first.hover()
        report.press("p")
        report.show("#/picks")
        for kind in ("one", "a few", "a block", "many", "all"):
            stars = chosen_ids(kind, rows)
            keep(report, stars)
            text = report.find("#where").inner_text()
            condition = Condition.parse(text)
            assert {name for name, row in rows.items() if condition.holds(row)} == set(stars), text
            assert report.find("[aria-label=Starred] .gallery li").count() == len(stars)
            if kind == "a block":
                assert text == 'style_weight in [25, 50] and tags.scene = "coast"'


def test_they_are_exported_as_json(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report) as report:
        report.find(".grid-cell").first.hover()
        report.press("p")
        report.find(".grid-cell").nth(1).hover()
        report.press("x")
        report.show("#/picks")
        with report.page.expect_download() as download:
            report.page.get_by_role("button", name="Save as a file").click()
        saved = json.loads(Path(download.value.path()).read_text())
        assert download.value.suggested_filename == "run-picks.json"
        ids = read_data(small_report.parents[1], "renders-00000")["ids"]
        assert [picked["render_id"] for picked in saved["starred"]] == ids[:1]
        assert [picked["render_id"] for picked in saved["rejected"]] == ids[1:2]
        assert (
            saved["starred"][0]["parameters"]["style_weight"] == 10 and saved["starred"][0]["tags"]["scene"] == "coast"
        )
        assert saved["where"] == report.find("#where").inner_text()
        assert saved == json.loads(report.page.get_by_label("The picks as JSON").input_value())


def test_they_work_where_the_browser_may_keep_nothing(browser: Browser, small_report: Path) -> None:
    forbid = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    with ReportPage(browser, small_report) as report:
        report.context.add_init_script(forbid)
        report.page.reload()
        report.settle()
        report.find(".grid-cell").first.hover()
        report.press("p")
        expect(report.find(".cell.star")).to_have_count(1)
        report.show("#/picks")
        expect(report.find("[aria-label=Starred] .gallery li")).to_have_count(1)

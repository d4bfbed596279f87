"""The report's table and chart in a browser: sorting, filters, search, and 10,000 rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from report_data import cells_of, read_data
from report_page import NEEDS_CHROMIUM, ReportPage, numbers
from report_runs import SMALL, write_many

pytestmark = NEEDS_CHROMIUM
LEAK = "metric_semantic_leak"
MANY = 10_000


@pytest.fixture
def table(browser: Browser, small_report: Path) -> Iterator[ReportPage]:
    with ReportPage(browser, small_report, "#/table?chart=off") as report:
        yield report


def leaks(page: Path) -> list[float]:
    return [float(f"{value:.4g}") for value in cells_of(page.parents[1], LEAK)]


def test_it_sorts_by_any_column_both_ways_and_by_a_second(table: ReportPage, small_report: Path) -> None:
    head = table.page.get_by_role("button", name="semantic leak", exact=True)
    head.click()
    expect(table.find("th[aria-sort=ascending]")).to_have_count(1)
    rising = sorted(leaks(small_report))
    assert table.begins_with("semantic leak", rising)
    head.click()
    expect(table.find("th[aria-sort=descending]")).to_have_count(1)
    assert table.begins_with("semantic leak", rising[::-1])
    table.page.get_by_role("button", name="scene", exact=True).click()
    table.page.get_by_role("button", name="semantic leak").click(modifiers=["Shift"])
    table.until("location.hash.includes('sort=tags.scene&sort=metric_semantic_leak')")
    out = small_report.parents[1]
    order = {scene: place for place, scene in enumerate(dict.fromkeys(cells_of(out, "tags.scene")))}
    both = sorted(
        (order[scene], leak) for scene, leak in zip(cells_of(out, "tags.scene"), leaks(small_report), strict=True)
    )
    assert table.begins_with("semantic leak", [leak for _, leak in both])


def test_it_filters_by_values_by_ranges_and_by_words(table: ReportPage, small_report: Path) -> None:
    out = small_report.parents[1]
    table.page.get_by_label("Add a filter").select_option("tags.scene")
    table.page.get_by_role("checkbox", name="portrait").check()
    portraits = cells_of(out, "tags.scene").count("portrait")
    expect(table.find(".passing")).to_have_text(f"{portraits} of {SMALL}")
    assert set(table.column("scene")) == {"portrait"}
    table.page.get_by_role("button", name="Done").click()
    table.page.get_by_label("Add a filter").select_option(LEAK)
    table.page.get_by_label("to", exact=True).fill("0.4")
    low = [
        leak
        for leak, scene in zip(leaks(small_report), cells_of(out, "tags.scene"), strict=True)
        if scene == "portrait" and leak <= 0.4
    ]
    expect(table.find(".passing")).to_have_text(f"{len(low)} of {SMALL}")
    assert sorted(numbers(table.column("semantic leak"))) == sorted(low)
    table.press("Escape")
    link = table.hash
    table.page.get_by_role("button", name="Clear").click()
    expect(table.find(".passing")).to_have_count(0)
    table.show(link)
    expect(table.find(".chip")).to_have_count(2)
    table.page.get_by_label("Take the filter on tags.scene away").click()
    table.page.get_by_label(f"Take the filter on {LEAK} away").click()
    table.press("/")
    table.page.keyboard.type("palace gram")
    wanted = {"palace", "gram"}
    rows = zip(cells_of(out, "tags.scene"), cells_of(out, "method"), strict=True)
    expect(table.find(".passing")).to_have_text(f"{sum(set(row) == wanted for row in rows)} of {SMALL}")


def test_a_filter_holds_in_the_grid_as_well(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, "#/grid?rows=tags.scene&columns=method&f=tags.scene~among~palace") as report:
        assert report.texts(".grid-label") == ["palace"]


def test_columns_are_chosen_and_a_row_opens_its_render(table: ReportPage, small_report: Path) -> None:
    table.page.get_by_text("Columns (").click()
    table.page.get_by_label("content loss").check()
    table.until("[...document.querySelectorAll('th')].some(head => head.innerText === 'content loss')")
    assert "content_loss" in table.hash
    table.page.get_by_text("Columns (").click()
    second = read_data(small_report.parents[1], "renders-00000")["ids"][1]
    table.find(f"tr[data-id='{second}'] td.text").first.click()
    table.until("location.hash.startsWith('#/render/')")
    assert second in table.hash


def test_a_point_of_the_chart_is_a_render(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, f"#/table?y={LEAK}&x=semantic_weight&by=style_weight") as report:
        assert "60 renders" in (report.find(".chart").get_attribute("aria-label") or "")
        assert report.texts(".scatter .legend li")[:5] == ["10", "25", "50", "100", "250"]
        over = report.find(".scatter .u-over").bounding_box()
        assert over
        for step in range(0, int(over["height"]), 4):  # along a column of points, from the top
            report.page.mouse.move(over["x"] + over["width"] * 0.06, over["y"] + step)
            if report.find(".tip").count():
                break
        said = report.find(".tip p").inner_text()
        report.page.mouse.down()
        report.page.mouse.up()
        report.until("location.hash.startsWith('#/render/')")
        report.settle()
        assert f"{float(said.split()[-1]):.4g}" in report.find(".facts").inner_text()


def test_ten_thousand_rows_scroll_sort_and_filter(browser: Browser, small_report: Path, tmp_path: Path) -> None:
    index = write_many(tmp_path / "many", small_report, MANY)
    with ReportPage(browser, index, "#/table") as report:
        assert "10,000 renders" in report.find(".progress").inner_text()
        assert report.page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1
        assert report.find("table").get_attribute("aria-rowcount") == f"{MANY + 1}"
        assert report.find("tr[data-id]").count() < 100
        report.find("tr[data-id] a").first.focus()
        report.press("End")
        expect(report.find(f"tr[data-id=render{MANY - 1:06}]")).to_be_visible()
        assert report.find("tr[data-id]").count() < 100
        report.show("#/table?sort=-seed&chart=off")
        expect(report.find("tr[data-id]").first).to_have_attribute("data-id", f"render{MANY - 1:06}")
        report.show("#/table?f=seed~range~500~509&chart=off")
        expect(report.find(".passing")).to_have_text("10 of 10,000")
        report.show("#/grid?rows=-&columns=-&pages=-")
        report.until("document.querySelectorAll('.cell-link').length > 0")
        assert report.find(".cell-link").count() < 200
        report.page.evaluate("document.querySelector('.grid').scrollTo(0, 1e9)")
        expect(report.find(f"[data-id=render{MANY - 1:06}]")).to_have_count(1)
        report.until(
            "[...document.querySelectorAll('.cell-link img')].every(image => image.complete && image.naturalWidth)"
        )

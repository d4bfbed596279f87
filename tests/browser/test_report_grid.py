"""The report's grid in a browser: sides, zoom, what a held key shows, picks, the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from report_page import NEEDS_CHROMIUM, ReportPage

pytestmark = NEEDS_CHROMIUM
CELLS = ".grid-cell .cell-link"
STEP = 1.25


def heads(report: ReportPage) -> list[str]:
    return report.texts(".grid-column")


def sides(report: ReportPage) -> list[str]:
    return report.texts(".grid-label")


def test_the_weights_make_its_sides_and_the_scenes_its_pages(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, "") as report:
        assert heads(report) == ["0", "10", "50", "100", "250"] and sides(report) == ["10", "25", "50", "100", "250"]
        assert report.find(CELLS).count() == 25
        assert report.find(".pager select").input_value() == "coast"
        report.press("]")
        report.until("document.querySelector('.pager select').value === 'portrait'")
        assert report.find(CELLS).count() == 25


def test_any_two_parameters_or_tags_make_its_sides_and_a_link_shows_the_same(
    browser: Browser, small_report: Path
) -> None:
    with ReportPage(browser, small_report) as report:
        report.page.get_by_label("Rows").select_option("tags.scene")
        assert report.page.get_by_label("Pages").input_value() == "style_weight"  # what the scenes have changed with
        report.page.get_by_label("Pages").select_option("-")
        report.page.get_by_label("Columns").select_option("method")
        expect(report.find(".grid-column")).to_have_count(3)
        assert sides(report) == ["coast", "portrait", "palace"] and heads(report) == ["semantic", "patch", "gram"]
        link = report.hash
    with ReportPage(browser, small_report, link) as report:
        assert sides(report) == ["coast", "portrait", "palace"]
        before = report.find(".stack").first.inner_text()
        report.find(".stack").first.click()
        assert before.startswith("1/") and report.find(".stack").first.inner_text().startswith("2/")


def test_without_sides_all_renders_flow_and_with_one_they_are_in_groups(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, "#/grid?rows=-&columns=-&pages=-&size=0.5") as report:
        assert report.find(".grid-heading").count() == 0
        report.show("#/grid?rows=tags.scene&columns=-&pages=-&size=0.5")
        assert report.find(".grid-heading").first.inner_text() == "scene coast"


def test_all_cells_zoom_and_move_together(browser: Browser, small_report: Path) -> None:
    transforms = f"[...document.querySelectorAll('{CELLS} img')].map(image => getComputedStyle(image).transform)"
    with ReportPage(browser, small_report) as report:
        cell = report.find(".cell-picture").first.bounding_box()
        assert cell
        report.page.mouse.move(cell["x"] + cell["width"] * 3 / 4, cell["y"] + cell["height"] / 2)
        report.page.keyboard.down("Control")
        report.page.mouse.wheel(0, -200)
        report.page.keyboard.up("Control")
        report.until("document.querySelector('output, .zoom-is').textContent !== '1.0×'")
        zoomed = set(report.page.evaluate(transforms))
        factor, _, _, _, left, top = map(float, zoomed.pop().removeprefix("matrix(").removesuffix(")").split(","))
        assert not zoomed and abs(factor - STEP**2) < 0.01
        assert left / cell["width"] == pytest.approx(-(factor - 1) * 3 / 4, abs=0.02)
        assert top / cell["height"] == pytest.approx(-(factor - 1) / 2, abs=0.02)
        report.page.mouse.down()
        report.page.mouse.move(cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2, steps=4)
        report.page.mouse.up()
        assert report.hash.startswith("#/grid")  # a drag opens no render
        moved = set(report.page.evaluate(transforms))
        assert len(moved) == 1 and float(moved.pop().split(",")[4]) < left - 5
        report.until("location.hash.includes('zoom=')")
        link = report.hash
        report.press("0")
        report.until("document.querySelector('.zoom-is').textContent === '1.0×'")
    with ReportPage(browser, small_report, link) as report:
        assert report.find(".zoom-is").inner_text() == "1.6×"


def test_a_held_key_shows_style_map_and_content_in_place(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report) as report:
        shown = set()
        for key in "smcM":
            report.page.keyboard.down(key)
            expect(report.find("img.instead")).to_have_count(25)
            report.until("[...document.querySelectorAll('img.instead')].every(image => image.naturalWidth > 0)")
            shown.add(report.find("img.instead").first.get_attribute("src"))
            report.page.keyboard.up(key)
            expect(report.find(".instead")).to_have_count(0)
        assert len(shown) == 4
        report.page.get_by_role("button", name="Content", exact=True).click()
        expect(report.find("img.instead")).to_have_count(25)
        report.press("]")  # portraits have no content
        expect(report.find(".instead.missing")).to_have_count(25)


def test_the_keyboard_goes_from_cell_to_cell_opens_and_comes_back(browser: Browser, small_report: Path) -> None:
    focused = "document.activeElement.getAttribute('aria-label')"
    with ReportPage(browser, small_report) as report:
        report.press("g")
        report.until(f"{focused}.startsWith('β 10 · γ 0')")
        report.press("ArrowRight", "ArrowDown")
        report.until(f"{focused}.startsWith('β 25 · γ 10')")
        report.press("ArrowLeft", "ArrowLeft")  # from the first of a line to the last of that before
        report.until(f"{focused}.startsWith('β 10 · γ 250')")
        report.press("Enter")
        report.until("location.hash.startsWith('#/render/')")
        report.press("Escape")
        report.until("location.hash.startsWith('#/grid')")


def test_stars_and_rejects_stay_and_are_taken_back(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report) as report:
        report.press("g")
        report.until("document.activeElement.classList.contains('cell-link')")
        report.press("p", "ArrowRight", "x")
        expect(report.find(".cell.star")).to_have_count(1)
        expect(report.find(".cell.reject")).to_have_count(1)
        report.find(".grid-cell").nth(2).hover()
        report.press("p")  # what the pointer is over
        expect(report.find(".cell.star")).to_have_count(2)
        report.page.reload()
        report.settle()
        expect(report.find(".cell.star")).to_have_count(2)
        report.find(".grid-cell").first.hover()
        report.press("u")
        expect(report.find(".cell.star")).to_have_count(1)
        assert report.find("nav a", has_text="Picks").inner_text().split() == ["Picks", "1"]

"""One render of the report, and two of them compared, in a browser."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from finished_run import COLORS
from PIL import Image
from playwright.sync_api import Browser, expect
from report_data import parsed, read_data
from report_page import NEEDS_CHROMIUM, ReportPage

pytestmark = NEEDS_CHROMIUM


def first_id(page: Path) -> str:
    found: str = read_data(page.parents[1], "renders-00000")["ids"][0]
    return found


def pixel(report: ReportPage, selector: str, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place of an element, in parts of its width and height."""
    box = report.find(selector).first.bounding_box()
    assert box
    shown = Image.open(io.BytesIO(report.page.screenshot())).convert("RGB")
    found = shown.getpixel((int(box["x"] + x * box["width"]), int(box["y"] + y * box["height"])))
    assert isinstance(found, tuple)
    return found


def test_it_shows_all_that_is_known(browser: Browser, small_report: Path) -> None:
    detail = read_data(small_report.parents[1], "details-00000")["details"][0]
    with ReportPage(browser, small_report, f"#/render/{first_id(small_report)}") as report:
        expect(report.find(".facts h3", has_text="Provenance")).to_be_visible()
        facts = report.find(".facts").inner_text()
        for name, value in detail["parameters"].items():
            if value not in (None, ""):
                assert name.replace("_", " ") in facts
        assert detail["attempts"][0]["outcome"] in facts and str(detail["manifest_file"]) in facts
        assert detail["remarks"][0] in facts and detail["parameters"]["style_layers"] in facts
        assert report.texts(".inputs figcaption b") == ["style", "target map", "content"]
        report.until("[...document.querySelectorAll('.inputs img')].every(image => image.naturalWidth > 0)")
        chart = report.find(".facts .chart").get_attribute("aria-label") or ""
        assert "log scale: loss, content loss, style loss 3_1, style loss 4_1" in chart and "phase 3" in chart
        assert report.find(".facts canvas").count() == 1


def test_the_command_that_makes_it_again_is_copied(browser: Browser, paper_report: Path) -> None:
    details = read_data(paper_report.parents[1], "details-00000")
    command = details["details"][1].get("command")
    with ReportPage(
        browser, paper_report, "#/render/row1", permissions=["clipboard-read", "clipboard-write"]
    ) as report:
        if command is None:
            pytest.fail("the report says no command")
        report.page.get_by_role("button", name="Copy the command").click()
        expect(report.page.get_by_role("button", name="Copied")).to_be_visible()
        assert report.page.evaluate("navigator.clipboard.readText()") == command


def test_a_map_lies_over_it_as_strongly_as_one_likes(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, f"#/render/{first_id(small_report)}") as report:
        report.page.get_by_role("button", name="target map").click()
        layer = report.find(".stage img.layer").nth(1)
        expect(layer).to_have_css("opacity", "0.5")
        report.page.get_by_label("Opacity").fill("1")
        expect(layer).to_have_css("opacity", "1")
        report.until("document.querySelectorAll('.stage img.layer')[1].complete")
        assert pixel(report, ".stage-picture", 0.05, 0.05) == (40, 120, 220)  # the map's upper label
        assert "over=target_map" in report.hash and "opacity=1" in report.hash


def test_pointing_at_it_shows_where_in_the_style_a_patch_comes_from(browser: Browser, small_report: Path) -> None:
    render_id = first_id(small_report)
    script = (small_report.parent / "origins" / f"{render_id}.js").read_text()
    picture = base64.b64decode(parsed(script)["picture"].partition(",")[2])
    origins = Image.open(io.BytesIO(picture)).convert("RGB")
    with ReportPage(browser, small_report, f"#/render/{render_id}") as report:
        report.page.get_by_role("button", name="where patches come from").click()
        expect(report.find(".stage canvas")).to_be_visible()
        box = report.find(".stage-picture").bounding_box()
        assert box
        report.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.4)
        expect(report.find(".from")).to_have_count(1)
        column, row, _ = origins.getpixel((int(0.7 * origins.width), int(0.4 * origins.height)))
        left, top = report.page.evaluate(
            "(() => { const s = document.querySelector('.from').style; return [s.left, s.top]; })()"
        )
        assert float(left.rstrip("%")) == pytest.approx(100 * column / 255, abs=3)
        assert float(top.rstrip("%")) == pytest.approx(100 * row / 255, abs=3)
        report.page.mouse.move(1, 1)
        expect(report.find(".from")).to_have_count(0)


def test_it_is_shown_at_its_own_size_and_zoomed_by_keys(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, f"#/render/{first_id(small_report)}") as report:
        report.press("f")
        expect(report.find(".zoom-is")).to_have_text("100 %")
        box = report.find(".stage-picture").bounding_box()
        assert box and (round(box["width"]), round(box["height"])) == (128, 96)
        report.press("+")
        expect(report.find(".zoom-is")).to_have_text("125 %")
        report.press("0")
        expect(report.page.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
        report.press("ArrowRight")
        report.until("!location.hash.includes(argument)", first_id(small_report))
        expect(report.find(".of")).to_have_text("2 of 60")


def test_two_are_compared_by_a_slider(browser: Browser, paper_report: Path) -> None:
    with ReportPage(browser, paper_report, "#/grid?rows=-&columns=-&pages=-") as report:
        report.find("[data-id=row0]").hover()
        report.press("v")
        expect(report.find(".cell.compared")).to_have_count(1)
        report.find("[data-id=row1]").hover()
        report.press("v")
        report.until("location.hash.startsWith('#/compare/')")
        report.settle()
        report.until(
            "[...document.querySelectorAll('.stage img')].every(image => image.complete && image.naturalWidth)"
        )
        assert pixel(report, ".stage-picture", 0.4, 0.5) == COLORS[0]
        assert pixel(report, ".stage-picture", 0.6, 0.5) == COLORS[1]
        report.page.get_by_label("How much of the first is seen").fill("80")
        report.until("location.hash.includes('share=80')")
        assert pixel(report, ".stage-picture", 0.6, 0.5) == COLORS[0]
        report.page.evaluate("document.activeElement.blur()")
        report.press("t")
        report.until("location.hash.includes('row1%2Crow0')")
        assert "semantic weight" in report.find(".differences").inner_text()


def test_the_claims_have_their_pictures_side_by_side_at_full_size(browser: Browser, paper_report: Path) -> None:
    with ReportPage(browser, paper_report, "#/run") as report:
        claim = report.find(".claim", has_text="γ = 0 is the original algorithm")
        assert "does not hold" in claim.inner_text()
        shown = claim.locator(".comparison img")
        report.until("[...document.querySelectorAll('.comparison img')].every(image => image.complete)")
        boxes = [shown.nth(number).bounding_box() for number in range(2)]
        assert [(box["width"], box["height"]) for box in boxes if box] == [(40, 30)] * 2
        assert boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"]
        claim.get_by_role("link", name="Side by side at 100 %").click()
        expect(report.find(".side-by-side .stage")).to_have_count(2)
        expect(report.find(".zoom-is")).to_have_text("100 %")
        picture = report.find(".stage-picture").first.bounding_box()
        assert picture and (picture["width"], picture["height"]) == (40, 30)

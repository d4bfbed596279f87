"""The report's page in a browser, as a whole: on a phone, in the dark, by axe, with hostile names, during a run."""

from __future__ import annotations

import contextlib
import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from large_run import HOSTILE, write_large_run
from playwright.sync_api import Browser, expect
from report_data import read_data
from report_page import DESKTOP, NEEDS_CHROMIUM, PHONE, ReportPage
from report_runs import index_of, write_small

from semstyle.report.page import write_report

pytestmark = NEEDS_CHROMIUM
LISTS = ("#/grid", "#/table", "#/picks", "#/failures", "#/run")


def views(page: Path) -> list[str]:
    """The address of every view."""
    first, second = read_data(page.parents[1], "renders-00000")["ids"][:2]
    pair = f"#/compare/{first}%2C{second}"
    return [*LISTS, "#/grid?rows=-&columns=-&pages=-", f"#/render/{first}?over=target_map", pair, f"{pair}?mode=side"]


def star_some(report: ReportPage) -> None:
    report.find(".grid-cell").first.hover()
    report.press("p")
    report.find(".grid-cell").nth(1).hover()
    report.press("x")


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    browser: Browser, small_report: Path, size: dict[str, int], scheme: str
) -> None:
    axe, found = Axe(), []
    with ReportPage(browser, small_report, viewport=size, color_scheme=scheme) as report:
        star_some(report)
        for view in views(small_report):
            report.show(view)
            assert report.is_within_its_width(), view
            problems = axe.run(report.page).response["violations"]
            found += [
                f"{view}: {problem['id']}: {problem['nodes'][0]['html'][:120]}"
                for problem in problems
                if problem["impact"] in ("serious", "critical")
            ]
    assert found == []


def test_nothing_that_a_stranger_wrote_runs_in_any_view(browser: Browser, tmp_path: Path) -> None:
    index = write_small(tmp_path / "run", hostile=True)
    with ReportPage(browser, index) as report:
        star_some(report)
        for view in [*views(index), f"#/grid?rows=tags.{HOSTILE[:9]}&columns=-&q={HOSTILE[:9]}"]:
            report.show(view)
            assert report.page.title() == "run – semstyle"
            assert report.page.evaluate("[...document.scripts].filter(script => !script.src).length") == 1
        report.show("#/failures")
        assert HOSTILE.replace("\u2028", " ").split()[0] in report.find(".failures-view").inner_text()
        report.show("#/table?f=" + "tags.scene~has~" + "%253Cscript%253E")
        assert report.page.title() == "run – semstyle"


def test_failures_are_told_by_class_with_messages_and_attempts(browser: Browser, small_report: Path) -> None:
    entries = read_data(small_report.parents[1], "failures-00000")["failures"]
    with ReportPage(browser, small_report, "#/failures") as report:
        expect(report.find(".failure-class")).to_have_count(len({entry["class"] for entry in entries}))
        text = report.find(".failures-view").inner_text()
        assert all(entry["message"] in text and entry["render_id"] in text for entry in entries)
        tried = [entry for entry in entries if entry["attempts"]]
        assert tried and report.find(".failures-view tbody tr").count() == sum(
            len(entry["attempts"]) for entry in tried
        )
        assert tried[0]["attempts"][0]["error"] in text


def test_the_run_is_told_by_its_numbers(browser: Browser, small_report: Path) -> None:
    run = read_data(small_report.parents[1], "run")
    with ReportPage(browser, small_report, "#/run") as report:
        tiles = dict(zip(report.texts(".tiles dt"), report.texts(".tiles dd"), strict=True))
        assert (tiles["images"], tiles["failed"], tiles["retries"]) == ("60", "2", "1")
        text = report.find(".run-view").inner_text()
        assert all(name in text for name in [*run["times"], run["nodes"][0]["name"], run["runs"][0]["run_id"]])
        assert all(metric["meaning"] in text for metric in run["metrics"])


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A plain web server on this machine with the files of a folder."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_fills_up_while_the_run_goes_on_behind_a_web_server(browser: Browser, tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_large_run(out, 40, running=True)
    write_report(str(out), limit=10)
    with (
        served(tmp_path) as server,
        ReportPage(browser, f"{server}/run/report/index.html", "#/table?chart=off") as report,
    ):
        assert re.search(r"10 of \d+ · 15 a minute · \d+ min left", report.find(".progress").inner_text())
        expect(report.find("table")).to_have_attribute("aria-rowcount", "11")
        write_report(str(out))
        report.press("r")
        expect(report.find("table")).to_have_attribute("aria-rowcount", "41")
        report.show("#/run")
        expect(report.find(".in-flight li")).to_have_count(4)
        (out / "report" / "data" / "run.js").rename(tmp_path / "away")
        report.press("r")
        expect(report.find("[role=alert]")).to_contain_text("could not be read again")
        (tmp_path / "away").rename(out / "report" / "data" / "run.js")
        report.press("r")
        expect(report.find("[role=alert]")).to_have_count(0)
        report.complaints = [said for said in report.complaints if "404" not in said]  # of what was away
    assert index_of(out).exists()


def test_data_that_come_before_the_first_painting_are_shown(browser: Browser, small_report: Path) -> None:
    late = (
        "requestAnimationFrame = () => 0; const at = setTimeout; setTimeout = (act, ms) => at(act, (ms ?? 0) + 2000);"
    )
    with ReportPage(browser, small_report) as report:
        report.context.add_init_script(late)
        report.page.reload()
        expect(report.find(".grid-cell").first).to_be_visible()


def test_it_is_dark_for_those_who_want_it_and_as_they_last_chose(browser: Browser, small_report: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]"
    with ReportPage(browser, small_report, color_scheme="dark") as report:
        assert report.page.evaluate(ground) < 60
        report.press("d")
        report.until(f"{ground} > 200")
        report.page.reload()
        report.settle()
        assert report.page.evaluate(ground) > 200


def test_keys_go_to_the_views_and_are_told_on_demand(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report) as report:
        for key, view in zip("23451", ("table", "picks", "failures", "run", "grid"), strict=True):
            report.press(key)
            report.until("location.hash.startsWith(argument)", f"#/{view}")
        report.press("?")
        dialog = report.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert "star it" in dialog.inner_text()
        report.page.get_by_label("Single letters are keys").uncheck()
        report.press("Escape")
        expect(dialog).to_be_hidden()
        report.press("2")
        report.press("Tab")
        assert report.hash.startswith("#/grid")


def test_a_place_that_is_not_there_says_so(browser: Browser, small_report: Path) -> None:
    with ReportPage(browser, small_report, "#/render/no-such") as report:
        assert "There is no render no-such here" in report.find("main").inner_text()
        report.show("#/compare/no-such")
        assert "Two renders are compared here" in report.find("main").inner_text()

"""A Chromium for each module: while it is open Playwright runs a loop, which tests of other things would meet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from report_runs import write_paper, write_small

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests two more tries, as a browser among other work may answer late; a defect fails all three."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; Debian's is the package chromium."""
    assert CHROMIUM, "there is no Chromium; Debian's is the package chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report of 60 renders."""
    return write_small(tmp_path_factory.mktemp("small") / "run")


@pytest.fixture(scope="session")
def paper_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report on the paper's claims."""
    return write_paper(tmp_path_factory.mktemp("paper") / "run")

"""The report's page as a reader uses it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

NEEDS_CHROMIUM = pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("google-chrome")) and not os.environ.get("CI"),
    reason="there is no Chromium",
)
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE = 60_000.0


class ReportPage:
    """One tab with a report; at its end nothing may have been said on its console, nor been asked of another place."""

    def __init__(self, browser: Browser, address: Path | str, view: str = "#/grid", **options: Any) -> None:
        self.address = address.as_uri() if isinstance(address, Path) else address
        self.context: BrowserContext = browser.new_context(**({"viewport": DESKTOP} | options))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(self.address + view)
        self.settle()

    def __enter__(self) -> ReportPage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()
        if error is None:
            assert self.complaints == []
            out = self.address.rpartition("/report/")[0] + "/"
            assert [url for url in self.requests if not url.startswith((out, "data:", "blob:"))] == []

    def settle(self) -> None:
        """Wait until all data are there."""
        self.page.wait_for_selector("main .view, main .empty")
        self.until("!/loading|Loading/.test(document.body.innerText)")

    def show(self, view: str) -> None:
        """Go to another view, such as ``#/table?sort=loss``, as a link would."""
        self.page.evaluate("view => { location.hash = view; }", view)
        self.until("location.hash.split('?')[0] === argument", view.split("?")[0])
        self.settle()

    @property
    def hash(self) -> str:
        found: str = self.page.evaluate("location.hash")
        return found

    def find(self, selector: str, **options: Any) -> Locator:
        return self.page.locator(selector, **options)

    def texts(self, selector: str) -> list[str]:
        return self.find(selector).all_inner_texts()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def column(self, title: str) -> list[str]:
        """The cells of a column of the table that are drawn, from the top."""
        heads = [text.strip(" ↑↓12") for text in self.texts(".table-box thead th")]
        return self.texts(f".table-box tbody tr[data-id] td:nth-child({heads.index(title) + 1})")

    def begins_with(self, title: str, expected: Sequence[float]) -> bool:
        """Wait until the drawn cells of a column of numbers, more than ten, are the first of ``expected``."""
        deadline = time.monotonic() + PATIENCE / 1000
        while len(shown := numbers(self.column(title))) <= 10 or shown != list(expected[: len(shown)]):
            assert time.monotonic() < deadline, f"{shown} are not the first of {expected}"
            self.page.wait_for_timeout(50)
        return True

    def is_within_its_width(self) -> bool:
        found: bool = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return found

    def until(self, expression: str, argument: Any = None) -> None:
        """Wait until an expression of JavaScript holds, in which ``argument`` may stand."""
        self.page.wait_for_function(f"argument => ({expression})", arg=argument)  # the page's policy forbids bare text


def numbers(texts: Sequence[str]) -> list[float]:
    return [float(text.replace(",", "")) for text in texts]

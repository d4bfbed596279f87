"""The studio's page as a painter's hand uses it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page, expect
from studio_server import StudioServer

PATIENCE = 60_000.0


class StudioPage:
    """One tab of the studio; what its console says of errors is kept in ``complaints``."""

    def __init__(self, server: StudioServer, browser: Browser, address: str | None = None, **options: Any) -> None:
        self.server = server
        self.context: BrowserContext = browser.new_context(**({"viewport": {"width": 1200, "height": 800}} | options))
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.goto(address or server.address)
        self.page.wait_for_selector(".app")

    @property
    def session(self) -> str:
        found: str = self.page.evaluate("new URLSearchParams(location.hash.slice(1)).get('session')")
        return found

    def place(self, side: str, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a point of a map is, in parts of the map's width and height; it must be shown whole."""
        canvas = self.page.locator(f".pane[data-side={side}] canvas")
        box, size = canvas.bounding_box(), re.search(r"(\d+) by (\d+) pixels", canvas.get_attribute("aria-label") or "")
        assert box and size
        width, height = int(size[1]), int(size[2])
        scale = min((box["width"] - 24) / width, (box["height"] - 24) / height)
        left = box["x"] + (box["width"] - width * scale) / 2
        top = box["y"] + (box["height"] - height * scale) / 2
        return left + x * width * scale, top + y * height * scale

    def drag(self, side: str, *points: tuple[float, float]) -> None:
        """Draw a stroke through these points."""
        self.page.mouse.move(*self.place(side, *points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.place(side, *point), steps=4)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def take(self, name: str) -> None:
        """Take up the brush with the label of this name."""
        self.page.locator(".chip", has_text=name).click()
        self.press("b")

    def saved(self) -> None:
        """Wait until all is stored."""
        expect(self.page.locator(".saving")).to_have_attribute("data-state", "saved", timeout=PATIENCE)

    def map(self, side: str) -> NDArray[np.uint8]:
        """The map as it is stored, once all is."""
        self.saved()
        return self.server.map(self.session, side)

    def changed(self, side: str, before: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The map as soon as it differs from ``before``; a touch may be answered before it is heeded."""
        return self._once(side, lambda found: bool((found != before).any()))

    def becomes(self, side: str, expected: NDArray[np.uint8]) -> bool:
        """Wait until the map is as expected."""
        self._once(side, lambda found: bool((found == expected).all()))
        return True

    def _once(self, side: str, holds: Callable[[NDArray[np.uint8]], bool]) -> NDArray[np.uint8]:
        deadline = time.monotonic() + PATIENCE / 1000
        while not holds(found := self.map(side)):
            assert time.monotonic() < deadline, "the map never became so"
            self.page.wait_for_timeout(50)
        return found

    def has_strokes(self, count: int) -> bool:
        """Wait until so many strokes are saved."""
        self.document_once(lambda found: len(found["history"]) >= count)
        return True

    def document_once(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until what is saved is as it should be: a page says *Saved* until its next change is under way."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not holds(found := self.document()):
            assert time.monotonic() < deadline, "it was never saved so"
            self.page.wait_for_timeout(50)
        return found

    def document(self) -> dict[str, Any]:
        self.saved()
        found: dict[str, Any] = self.server.json(f"/sessions/{self.session}")["document"]
        return found

    def set_size(self, pixels: int) -> None:
        """Choose the brush's size."""
        self.page.locator(".size input").evaluate(
            "(slider, size) => { slider.value = Math.log(size) / Math.log(160) * 100;"
            " slider.dispatchEvent(new Event('input', {bubbles: true})) }",
            pixels,
        )

    def close(self) -> None:
        self.context.close()

"""The studio in Chromium: from the first stroke to the finished picture, and whatever happens in between."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, expect
from studio_page import PATIENCE, StudioPage
from studio_server import StudioServer, children, is_running

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="there is no Chromium")
SMALL = '{"size": 64, "iterations": 4}'


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A style of 96×64 pixels whose halves differ, and its map in black and white."""
    folder = tmp_path_factory.mktemp("painted")
    noise = np.random.default_rng(0).integers(0, 120, (64, 96, 3), dtype=np.uint8)
    noise[:32, :, 2] += 130
    halves = np.zeros((64, 96, 3), np.uint8)
    halves[:32] = 255
    for name, pixels in {"style": noise, "map": halves}.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return {name: folder / f"{name}.png" for name in ("style", "map")}


@pytest.fixture(scope="module")
def server(painted: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    style, halves = painted["style"], painted["map"]
    options = [f"--style={style}", f"--style-map={halves}", f"--target-map={halves}"]
    started = StudioServer(tmp_path_factory.mktemp("sessions"), *options)
    session = started.json("/sessions")[0]["id"]
    make_small(started, session)
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture
def started() -> Iterator[list[StudioServer]]:
    """What a test puts into it ends with it, however it ends."""
    servers: list[StudioServer] = []
    yield servers
    for one in servers:
        if one.process.poll() is None:
            one.kill()


def make_small(server: StudioServer, session: str) -> None:
    """Let renders of a session be tiny."""
    document = server.json(f"/sessions/{session}")["document"]
    document["parameters"] = json.loads(SMALL)
    server.ask(f"/sessions/{session}", "PUT", json.dumps(document).encode())


@pytest.fixture
def page(server: StudioServer, browser: Browser) -> Iterator[StudioPage]:
    opened = StudioPage(server, browser)
    yield opened
    complaints = opened.complaints
    opened.close()
    assert complaints == []


def colors_of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> set[tuple[int, ...]]:
    return {tuple(map(int, color)) for color in np.unique(pixels.reshape(-1, 3), axis=0)}


def test_from_the_first_stroke_to_the_finished_picture(page: StudioPage, tmp_path: Path) -> None:
    before = page.map("target")
    expect(page.page.locator(".frame img")).to_be_visible(timeout=PATIENCE)
    page.set_size(8)
    page.take("black")
    page.drag("target", (0.2, 0.2), (0.5, 0.25), (0.8, 0.2))
    after = page.map("target")
    assert (before != after).any() and colors_of(after) == colors_of(before), "an edge has no colour of its own"
    black = tuple(int(value) for value in after[14, 48])
    assert black == (0, 0, 0) and (after[2] == 255).all() and (after[40] == before[40]).all()
    page.page.get_by_role("button", name="Render 64 px").click()
    card = page.page.locator(".picture[data-state=finished]")
    expect(card).to_have_count(1, timeout=PATIENCE)
    card.get_by_role("button", name="Look at the picture").click()
    with page.page.expect_download() as saved:
        page.page.get_by_role("button", name="Save the picture").click()
    saved.value.save_as(tmp_path / "picture.png")
    picture = Image.open(tmp_path / "picture.png")
    assert picture.size == (64, 43) and "semstyle" in picture.text
    with page.page.expect_download() as packed:
        page.page.get_by_role("button", name="With maps and manifest").click()
    packed.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert {"manifest.parquet", "spec.yaml", "target_map.png", "picture.png"} <= set(archive.namelist())
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(archive.read("target_map.png")))), after)


def test_steps_are_undone_and_redone(page: StudioPage) -> None:
    first = page.map("target")
    page.take("white" if (first[-1, -1] == 0).all() else "black")
    page.press("g")
    page.page.mouse.click(*page.place("target", 0.9, 0.9))
    filled = page.map("target")
    assert (filled != first).any() and colors_of(filled) <= colors_of(first)
    assert len(colors_of(filled[40:])) == 1, "the whole area is filled"
    page.set_size(3)
    page.take("black" if (filled[-1, -1] == 255).all() else "white")
    page.drag("target", (0.1, 0.9), (0.9, 0.7))
    stroke = page.map("target")
    page.press("Control+z")
    assert page.becomes("target", filled)
    page.press("Control+z")
    assert page.becomes("target", first)
    page.press("Control+Shift+z", "Control+y")
    assert page.becomes("target", stroke)


def test_tools(page: StudioPage) -> None:
    page.take("white")
    page.press("l")
    page.set_size(1)
    page.drag("style", (0.05, 0.9), (0.95, 0.9))
    line = page.map("style")
    row = round(0.9 * 64)
    assert (line[row - 1 : row + 1, 6:90] == 255).all(2).any(0).all(), "a thin line has no gaps"
    page.press("i")
    page.page.mouse.click(*page.place("style", 0.5, 0.75))
    chosen = page.page.locator(".chip[aria-checked=true]")
    assert chosen.get_attribute("aria-label", timeout=PATIENCE).startswith("black")  # type: ignore[union-attr]
    page.press("e")
    page.set_size(40)
    page.drag("style", (0.5, 0.2), (0.6, 0.2))
    assert page.document()["style"]["painting"]["plane"]
    ground = page.document()["palette"][page.document()["style"]["ground"]]["color"]
    rubbed = page.map("style")[13, 52]
    assert "#{:02x}{:02x}{:02x}".format(*map(int, rubbed)) == ground
    page.press("Control+z", "Control+z")
    page.saved()


def test_a_map_is_painted_with_keys_alone(page: StudioPage) -> None:
    before = page.map("target")
    page.take("black" if (before[32, 48] == 255).all() else "white")
    page.page.locator(".pane[data-side=target] canvas").focus()
    page.press("Enter", "ArrowRight", "Shift+Enter")
    assert (page.map("target")[32, 48] != before[32, 48]).all()
    page.press("Control+z", "Control+z")
    assert page.becomes("target", before)


def test_zoomed_in_one_paints_pixels(page: StudioPage) -> None:
    before = page.map("target")
    at = page.place("target", 0.5, 0.5)
    page.page.mouse.move(*at)
    for _ in range(8):
        page.page.mouse.wheel(0, -300)
    page.take("black" if (before[32, 48] == 255).all() else "white")
    page.page.mouse.move(*at)
    page.set_size(1)
    page.page.mouse.click(*at)
    changed = np.argwhere((page.map("target") != before).any(2))
    assert 1 <= len(changed) <= 2 and abs(changed - [32, 48]).max() <= 1
    page.press("Control+z")
    page.saved()


def test_a_pens_pressure_is_the_size(page: StudioPage) -> None:
    before = page.map("target")
    page.take("black" if (before[32, 48] == 255).all() else "white")
    page.set_size(30)
    pen = page.context.new_cdp_session(page.page)
    widths = []
    for force in (0.2, 0.6):
        x, y = page.place("target", 0.5, 0.5)
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, "pointerType": "pen"}
            pen.send("Input.dispatchMouseEvent", {**event, "force": force if kind == "mousePressed" else 0})
        painted = page.changed("target", before)
        widths.append(int((painted != before).any(2)[32].sum()))
        page.press("Control+z")
        assert page.becomes("target", before)
    assert 0 < widths[0] < widths[1] <= 30
    expect(page.page.get_by_role("button", name="Pressure")).to_have_attribute("aria-pressed", "true")


def test_two_fingers_zoom_and_one_paints(server: StudioServer, browser: Browser) -> None:
    page = StudioPage(server, browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.page.evaluate("document.documentElement.scrollWidth") == 390, "nothing sticks out"
    before = page.map("target")
    page.take("black" if (before[16, 48] == 255).all() else "white")
    page.page.touchscreen.tap(*page.place("target", 0.5, 0.25))
    painted = page.changed("target", before)
    assert (painted[16, 48] != before[16, 48]).all()
    fingers = page.context.new_cdp_session(page.page)
    x, y = page.place("target", 0.5, 0.5)
    for kind, spread in (("touchStart", 20), ("touchMove", 60), ("touchMove", 100)):
        points = [{"x": x - spread, "y": y, "id": 1}, {"x": x + spread, "y": y, "id": 2}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert (page.map("target") == painted).all(), "a gesture paints nothing"
    page.take("black" if (painted[32, 56] == 255).all() else "white")
    page.page.touchscreen.tap(x + 150, y)
    moved = page.changed("target", painted)
    assert (moved != painted).any(2).any(0)[48:64].any(), "the tap lies nearer to the middle than it did"
    page.page.get_by_role("button", name="Picture").click()
    expect(page.page.locator(".frame img")).to_be_visible(timeout=PATIENCE)
    assert page.complaints == []
    page.close()


def test_a_session_is_begun_from_nothing(page: StudioPage, painted: dict[str, Path]) -> None:
    first, find = page.session, page.page.locator
    page.page.get_by_role("button", name="Sessions").click()
    page.page.get_by_role("button", name="New session").click()
    with page.page.expect_file_chooser() as chooser:
        find(".invitation").click()
    chooser.value.set_files(painted["style"])
    expect(find(".title")).to_have_value("style", timeout=PATIENCE)
    assert page.session != first
    document = page.document_once(lambda found: bool(found["style"]["picture"]))
    assert (document["style"]["width"], document["style"]["height"]) == (96, 64)
    find(".pane[data-side=target] header button").first.click()
    with page.page.expect_file_chooser() as chooser:
        page.page.get_by_role("button", name="Over a photograph to keep", exact=True).click()
    chooser.value.set_files(painted["style"])
    expect(find("dialog")).to_have_count(0, timeout=PATIENCE)
    page.page.get_by_text("Automatic map").click()
    page.page.get_by_label("at most").fill("2")
    page.page.get_by_role("button", name="Make", exact=True).click()
    expect(find(".chip")).to_have_count(8, timeout=PATIENCE)
    made = page.map("target")
    assert len(colors_of(made)) == 2 and (made == page.map("style")).all(), "labels mean the same in both"
    page.take("sky")
    page.set_size(20)
    page.drag("target", (0.3, 0.5), (0.7, 0.5))
    assert len(colors_of(page.changed("target", made))) == 3
    page.press("e")
    page.set_size(60)
    page.drag("target", (0.2, 0.5), (0.8, 0.5))
    assert page.becomes("target", made), "the eraser uncovers the automatic map"
    find(".pane[data-side=target] .layers > button").click()
    page.page.get_by_role("button", name="Lock painting").click()
    expect(page.page.get_by_role("button", name="Lock painting", pressed=True)).to_be_visible(timeout=PATIENCE)
    page.press("Escape", "b")
    expect(page.page.get_by_role("button", name="Lock painting")).to_have_count(0, timeout=PATIENCE)
    page.drag("target", (0.3, 0.5), (0.7, 0.5))
    expect(page.page.get_by_role("alert")).to_contain_text("locked")
    assert page.becomes("target", made)
    page.server.ask(f"/sessions/{page.session}", "DELETE")
    page.page.goto("about:blank")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_from_using_it(server: StudioServer, browser: Browser, scheme: str) -> None:
    page = StudioPage(server, browser, color_scheme=scheme)
    page.page.get_by_text("Parameters").click()
    for opener in (None, ".pane[data-side=target] .layers > button", "button[aria-label=Help]"):
        if opener:
            page.page.locator(opener).click()
        found = Axe().run(page.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == [], opener
    page.press("Escape")
    expect(page.page.locator("button[aria-label=Help]")).to_be_focused()
    assert page.complaints == []
    page.close()


def test_a_strangers_words_are_words(server: StudioServer, browser: Browser) -> None:
    hostile = "<img src=x onerror=\"document.title='taken'\">"
    session = copy_of(server, server.json("/sessions")[0]["id"])
    document = server.json(f"/sessions/{session}")["document"]
    document["name"] = document["palette"][0]["name"] = hostile
    server.ask(f"/sessions/{session}", "PUT", json.dumps(document).encode())
    page = StudioPage(server, browser, f"{server.address.partition('&')[0]}&session={session}")
    expect(page.page.locator(".chip").first).to_contain_text(hostile)
    page.page.get_by_role("button", name="Sessions").click()
    expect(page.page.locator(".sessions")).to_contain_text(hostile)
    assert page.page.title() == f"{hostile} – semstyle studio" and page.page.locator("img[src=x]").count() == 0
    assert page.complaints == []
    page.close()
    server.ask(f"/sessions/{session}", "DELETE")


def test_a_page_that_does_not_know_the_token_says_so(server: StudioServer, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/#token=wrong")
    expect(page.get_by_role("alert")).to_contain_text("open the address that semstyle studio printed")
    assert "wrong" not in page.url
    context.close()


def test_what_was_painted_survives_a_crash(
    painted: dict[str, Path], tmp_path: Path, browser: Browser, started: list[StudioServer]
) -> None:
    options = [f"--style={painted['style']}", f"--style-map={painted['map']}", f"--target-map={painted['map']}"]
    server = StudioServer(tmp_path / "sessions", *options, "--port=0")
    started.append(server)
    make_small(server, server.json("/sessions")[0]["id"])
    page = StudioPage(server, browser)
    first = page.map("target")
    page.take("black")
    page.drag("target", (0.2, 0.2), (0.8, 0.2))
    stroke, document = page.map("target"), page.document()
    processes = children(server.process.pid)
    server.kill()
    on_disk = tmp_path / "sessions" / page.session / "session.json"
    assert json.loads(on_disk.read_text()) == document
    page.drag("target", (0.2, 0.4), (0.8, 0.4))
    expect(page.page.locator(".saving")).to_have_attribute("data-state", "unsaved", timeout=PATIENCE)
    again = StudioServer(tmp_path / "sessions", f"--port={server.port}")
    started.append(again)
    assert again.address.startswith(server.address.partition("&")[0]), "an open page knows the token still"
    page.map("target")  # waits until the open page has stored what was painted meanwhile
    other = StudioPage(again, browser)
    assert other.session == page.session
    assert (other.map("target") != stroke).any()
    for _ in range(2):
        other.press("Control+z")
    assert other.becomes("target", first), "the history outlives it, too"
    for _ in range(600):
        if not any(map(is_running, processes)):
            break
        page.page.wait_for_timeout(50)
    assert not any(map(is_running, processes)), "no process is left behind"
    for one in (page, other):
        one.close()
    assert again.stop() == 130


def test_four_tabs_paint_at_once_and_each_has_its_picture(server: StudioServer, browser: Browser) -> None:
    session = server.json("/sessions")[0]["id"]
    pages = [StudioPage(server, browser, f"{server.address.partition('&')[0]}&session={session}")]
    for _ in range(3):
        copied = copy_of(server, session)
        pages.append(StudioPage(server, browser, f"{server.address.partition('&')[0]}&session={copied}"))
    assert len({page.session for page in pages}) == 4
    for turn, page in enumerate(pages * 2):
        page.take("white" if turn % 2 else "black")
        page.drag("target", (0.1, 0.3 + 0.05 * turn), (0.9, 0.3 + 0.05 * turn))
        if turn < 4:
            page.press("r")
    for page in pages:
        expect(page.page.locator(".picture[data-state=finished]").first).to_be_visible(timeout=PATIENCE)
        expect(page.page.locator(".preview [role=status]")).to_have_text("Preview", timeout=PATIENCE)
        expect(page.page.get_by_role("button", name="Undo")).to_be_enabled(timeout=PATIENCE)
        assert page.has_strokes(2)
        assert page.complaints == []
    assert len({page.map("target").tobytes() for page in pages}) > 1
    for page in pages:
        page.close()


def copy_of(server: StudioServer, session: str) -> str:
    """A session of its own with the same style and maps, made as a painter would: by loading the files."""
    made = server.json("/sessions", "POST")["id"]
    document = server.json(f"/sessions/{session}")["document"]
    style = server.ask(f"/sessions/{session}/pictures/{document['style']['picture']}")
    picture = server.json(f"/sessions/{made}/pictures", "POST", style)
    mine = server.json(f"/sessions/{made}")["document"]
    for side in ("style", "target"):
        found = server.json(f"/sessions/{made}/maps/{side}", "POST", server.ask(f"/sessions/{session}/maps/{side}"))
        width, height = found["sizes"][0]
        mine[side] |= {"width": width, "height": height}
        mine[side]["painting"] |= {"plane": found["planes"][0]}
        mine["palette"] = found["palette"]
    mine["style"]["picture"] = picture["id"]
    mine["parameters"] = json.loads(SMALL)
    server.ask(f"/sessions/{made}", "PUT", json.dumps(mine).encode())
    return str(made)

"""The report as Chromium shows it; `make test` installs one where it can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from finished_run import COLORS, finished, write_run

from semstyle.report.page import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="there is no Chromium")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


def chromium(page: Path, profile: Path, *options: str) -> str:
    """What Chromium prints of ``page``."""
    assert CHROMIUM, "there is no Chromium; Debian's is the package chromium"
    command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", "--window-size=1200,2400", *options, page.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("browser") / "run"
    metrics = {"semantic_leak": 0.25, "style_distance": 0.5}
    rows = [finished(f"row{number}", {"scene": HOSTILE}, metrics, style_weight=10.0 * number) for number in range(1, 5)]
    write_run(out, rows, [HOSTILE])
    write_report(str(out))
    return out / "report" / "index.html"


def shown(index: Path, folder: Path, *options: str) -> Image.Image:
    picture = folder / "screenshot.png"
    chromium(index, folder / "profile", f"--screenshot={picture}", *options)
    return Image.open(picture).convert("RGB")


def area_of(color: tuple[int, int, int], picture: Image.Image) -> int:
    return sum(count for count, found in picture.getcolors(10**7) or [] if found == color)


def test_the_images_are_shown_no_larger_than_they_are(index: Path, tmp_path: Path) -> None:
    picture = shown(index, tmp_path)
    assert [area_of(color, picture) for color in COLORS] == [30 * 40] * 4


def test_large_images_are_shown_as_wide_as_there_is_room(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one", height=600, width=800)])
    Image.new("RGB", (800, 600), COLORS[0]).save(out / "images" / "one.png")
    write_report(str(out))
    for _ in range(5):  # on a busy machine a picture may be taken before the image is there
        if area := area_of(COLORS[0], shown(out / "report" / "index.html", tmp_path)):
            break
    assert 200 * 150 < area < 400 * 300


def test_nothing_in_a_manifest_runs(index: Path, tmp_path: Path) -> None:
    page = chromium(index, tmp_path / "profile", "--dump-dom")
    assert "<title>run – semstyle</title>" in page and "taken" in page
    assert "<script" not in page and '<img src="x"' not in page


def test_it_is_dark_for_those_who_want_it(index: Path, tmp_path: Path) -> None:
    corner = [shown(index, tmp_path, *options).getpixel((1190, 5)) for options in ((), ("--force-dark-mode",))]
    brightness = [sum(color) / 3 for color in corner if isinstance(color, tuple)]
    assert brightness[0] > 230 and brightness[1] < 60

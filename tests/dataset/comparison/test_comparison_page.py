"""The page of a comparison, read as a browser's parser would: all in one file, and strangers' text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from io import BytesIO
from pathlib import Path

from html_page import Page
from nights import noise, record, write_night
from PIL import Image

from semstyle.dataset.comparison import compare_nights, write_page
from semstyle.dataset.comparison.page import THUMBNAIL
from semstyle.dataset.comparison.requirements import Limits, Requirements
from semstyle.storage import Folder

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' & {{ 777 * 1000 }}\x1b[2J"


def page_of(folder: Path, before: str, after: str, requirements: Requirements | None = None) -> str:
    found = compare_nights(before, after, requirements=requirements)
    index = write_page(found, Folder(before), Folder(after), Folder(str(folder / "page")))
    assert index == str(folder / "page" / "index.html")
    assert [path.name for path in (folder / "page").iterdir()] == ["index.html"], "nothing is beside it"
    return Path(index).read_text()


def test_shows_pairs_numbers_images_and_failures(tmp_path: Path) -> None:
    before = [record(f"a{number}", {"weave": 1.0}, target_map=f"{number}.png", seed=number % 2) for number in range(12)]
    after = [
        record(
            f"b{number}",
            {"weave": 1.5},
            target_map=f"{number}.png",
            seed=number % 2,
            semantic_weight=25.0,
            device="gpu",
        )
        for number in range(12)
    ]
    large = {f"b{number}": noise(number, (1200, 800)) for number in range(11)}
    requirements = Requirements(limits={"weave": Limits.model_validate({"max_increase": 0.2})}, max_failures_new=1)
    text = page_of(
        tmp_path,
        write_night(tmp_path / "before", before, failures={"x": "it was too large"}),
        write_night(tmp_path / "after", after, large, failures={"y": "it is not there"}),
        requirements,
    )
    page = Page(text)
    for told in (
        "before → after",
        "12 by input files and settings",
        "50 → 25",
        "cpu → gpu",
        "+0.5 to +0.5",
        "broken",
        "weave max_increase",
        "kept",
        "it is not there",
        "it was too large",
        "1 unchanged, 11 in other files",
        "48×32 and 1200×800 pixels",
        "seed 0 (6 pairs)",
    ):
        assert told in page.text, told
    pictures = [str(image["src"]) for image in page.all("img")]
    assert len(pictures) == 20, "ten pairs"
    for picture in pictures:
        kind, data = picture.split(",", 1)
        assert kind == "data:image/jpeg;base64"
        with Image.open(BytesIO(base64.b64decode(data))) as shown:
            assert shown.format == "JPEG" and max(shown.size) <= THUMBNAIL
    assert len(text) < 3 * 2**20


def test_nothing_is_loaded_and_the_policy_lets_its_own_style_alone_be(tmp_path: Path) -> None:
    night = write_night(tmp_path / "before", [record("a"), record("b", seed=1)])
    text = page_of(
        tmp_path, night, write_night(tmp_path / "after", [record("a"), record("b", seed=1)], {"a": noise(1)})
    )
    page = Page(text)
    assert page.all("script") == page.all("link") == page.all("a") == page.all("iframe") == []
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:)[a-z/.]""", text)
    policy = str(next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv")))
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert "{" in style[1] and 'style="' not in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    before = [
        record("a", tags={"night": HOSTILE, HOSTILE: "x"}, device=HOSTILE, style="s3://k:5up3r@b/x"),
        record("b", seed=1),
    ]
    after = [record("a", tags={"night": "x"}, encoder=HOSTILE), record("b", seed=1)]
    text = page_of(
        tmp_path,
        write_night(tmp_path / "before", before, failures={"f": HOSTILE}),
        write_night(tmp_path / "after", after, {"a": noise(1)}, failures={"g": f"{HOSTILE} password=5up3rsecret"}),
    )
    page = Page(text)
    assert page.all("script") == []
    assert all(str(image["src"]).startswith("data:image/jpeg;base64,") for image in page.all("img"))
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count("<script>alert(1)</script>") >= 4 and "777000" not in text
    assert "\x1b" not in text and "5up3r" not in text


def test_a_picture_that_has_gone_leaves_the_page_whole(tmp_path: Path) -> None:
    before = write_night(tmp_path / "before", [record("a"), record("b", seed=1)], {"a": noise(1), "b": noise(2)})
    after = write_night(tmp_path / "after", [record("a"), record("b", seed=1)])
    found = compare_nights(before, after)
    (tmp_path / "after" / "images" / "a.png").unlink()
    write_page(found, Folder(before), Folder(after), Folder(str(tmp_path / "page")))
    page = Page((tmp_path / "page" / "index.html").read_text())
    assert len(page.all("img")) == 3 and "not readable" in page.text

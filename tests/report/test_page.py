"""The pages of a report, read as a browser's parser would."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from finished_run import finished, write_run
from html_page import Page

from semstyle.cli import main
from semstyle.farm.errors import FarmError
from semstyle.farm.output.job import Job
from semstyle.farm.output.record import result_schema
from semstyle.report.number import number
from semstyle.report.page import in_markdown, write_report
from semstyle.storage import Folder

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' & {{ 777 * 1000 }}"


def page(out: Path, name: str = "index.html") -> Page:
    return Page((out / "report" / name).read_text())


def test_shows_the_run_its_images_metrics_and_failures(tmp_path: Path) -> None:
    rows = [
        finished("one", {"scene": "coast"}, {"semantic_leak": 0.25, "sharpness": 0.5, "seconds": 3}, style_weight=25.0),
        finished("two", {"scene": "coast"}, {"semantic_leak": 0.75}, style_weight=100.0),
    ]
    write_run(tmp_path / "run", rows, ["there is no such file"])
    report = write_report(str(tmp_path / "run"))

    found = page(tmp_path / "run")
    assert (report.renders, report.pages, report.claims, report.claims_text) == (2, 1, [], None)
    assert [image["src"] for image in found.all("img")] == ["../images/one.png", "../images/two.png"]
    assert all(image["loading"] == "lazy" and image["alt"] for image in found.all("img"))
    assert all((tmp_path / "run" / "report" / str(image["src"])).is_file() for image in found.all("img"))
    for text in ("scene: coast", "style weight", "semantic_leak", "0.25", "0.75", "there is no such file", "m.parquet"):
        assert text in found.text
    assert "seconds" not in found.text  # not a metric of the image
    assert not (tmp_path / "run" / "report" / "claims.md").exists()


def test_it_writes_nothing_but_the_report_and_the_same_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one"), finished("two", seed=1)], ["bad"])
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    write_report(str(out))
    first = (out / "report" / "index.html").read_bytes()
    write_report(str(out))
    after = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert after == {**before, out / "report" / "index.html": first}


def test_what_has_come_and_gone_since_the_tables_were_written_is_seen(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished(name, metrics={"sharpness": 1}) for name in ("image-gone", "record-gone", "stays")])
    later = finished("later", metrics={"sharpness": 6})
    pq.write_table(pa.Table.from_pylist([later], result_schema()), out / "records" / "later.parquet")
    (out / "images" / "image-gone.png").rename(out / "images" / "later.png")
    (out / "records" / "record-gone.parquet").unlink()
    (out / "results" / ".DS_Store").write_bytes(b"of another program")

    assert write_report(str(out)).renders == 2
    found = page(out)
    assert [image["src"] for image in found.all("img")] == ["../images/later.png", "../images/stays.png"]
    assert not {"image-gone", "record-gone"} & set(found.text.split())
    assert "3.50" in found.text, "the mean of what is there"


def test_lost_renders_are_shown_until_they_are_back(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one"), finished("back")])
    summary = {"renders": 1, "failures": {"lost": 7}, "render_seconds": 1, "evaluations": 1, "devices": {}}
    summary |= {"semstyle_versions": [], "results": [], "traces": [], "lost": [HOSTILE, "back"]}
    (out / "summary.json").write_text(json.dumps(summary))
    write_report(str(out))
    found = page(out)
    assert HOSTILE in found.text and "6 rendered and gone since" in found.text
    assert found.all("script") == []
    (out / "summary.json").write_text(json.dumps({**summary, "failures": {}, "lost": []}))
    write_report(str(out))
    assert "Lost" not in page(out).text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    rows = [
        finished("one", {HOSTILE: HOSTILE, "paper": HOSTILE, "role": "with maps"}, style=HOSTILE, semantic_weight=0.0),
        finished("two", {HOSTILE: HOSTILE, "paper": HOSTILE, "role": "original algorithm"}, style="s3://k:secret@b/x"),
    ]
    write_run(tmp_path / "run", rows, [HOSTILE])
    write_report(str(tmp_path / "run"))
    found = page(tmp_path / "run")
    assert found.all("script") == []
    assert {image["src"] for image in found.all("img")} == {"../images/one.png", "../images/two.png"}
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert HOSTILE in found.text and "777000" not in found.text
    policy = next(meta for meta in found.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in str(policy["content"])
    assert not re.search(r"(?<!\\)[<`]", (tmp_path / "run" / "report" / "claims.md").read_text())


def test_a_large_run_is_paged_and_limited_but_counted_whole(tmp_path: Path) -> None:
    rows = [finished(f"r{number:03}", {"half": str(number % 2)}, {"sharpness": number}) for number in range(50)]
    write_run(tmp_path / "run", rows)
    report = write_report(str(tmp_path / "run"), limit=45, per_page=20)
    pages = [page(tmp_path / "run", name) for name in ("index.html", "page-2.html", "page-3.html")]
    assert (report.renders, report.pages) == (50, 3)
    assert [len(found.all("img")) for found in pages] == [20, 20, 5]
    shown = [image["src"] for found in pages for image in found.all("img")]
    assert len(set(shown)) == 45
    assert "5 more are in images/" in pages[0].text and "24.5" in pages[0].text  # the mean of all fifty
    links = {link["href"] for link in pages[1].all("a")}
    assert {"index.html#images", "page-3.html"} <= links
    assert "half: 1" in pages[1].text and "half: 1" in pages[2].text


def test_images_stand_in_the_order_of_the_manifest_and_groups_say_what_is_left_out(tmp_path: Path) -> None:
    place = {"manifest_file": "m.parquet"}
    rows = [finished(f"r{number}", {"scene": "zoo"}, **place, manifest_row=9 - number) for number in range(5)]
    rows.append(finished("last", {"scene": "coast"}, **place, manifest_row=10))
    write_run(tmp_path / "run", rows)
    write_report(str(tmp_path / "run"), limit=4)
    found = page(tmp_path / "run")
    assert [image["src"] for image in found.all("img")] == [f"../images/r{number}.png" for number in (4, 3, 2, 1)]
    assert "scene: zoo (the first 4 of 5)" in found.text and "coast" not in found.text
    write_report(str(tmp_path / "run"))
    assert page(tmp_path / "run").text.index("scene: zoo (5)") < page(tmp_path / "run").text.index("scene: coast")


def test_contact_sheets_are_linked(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    (out / "report").mkdir()
    names = [f"contact_sheet{number}.png" for number in ("", "-2", "-10", "-01", "-x")]
    for name in names:
        (out / "report" / name).write_bytes(b"")
    write_report(str(out))
    assert [link["href"] for link in page(out).all("a") if "contact" in str(link["href"])] == names[:3]


def test_a_report_can_be_put_elsewhere_with_its_images(tmp_path: Path, s3: str) -> None:
    """As one looks at a run in a bucket that gives nothing away without keys."""
    bucket = in_bucket(tmp_path, f"{s3}/looked-at", [finished("one"), finished("two", seed=2)])
    before = sorted(bucket.filesystem.find(bucket.path()))
    assert run_command("report", bucket.uri, "--to", str(tmp_path / "look")) == 0
    assert sorted(bucket.filesystem.find(bucket.path())) == before
    for image in page(tmp_path / "look").all("img"):
        found = tmp_path / "look" / "report" / str(image["src"])
        assert found.read_bytes() == bucket.read(f"images/{found.name}")
    assert (tmp_path / "look" / "report" / "contact_sheet.png").is_file()
    assert "contact_sheet.png" in {link["href"] for link in page(tmp_path / "look").all("a")}
    assert not (tmp_path / "look" / "report" / "claims.md").exists()


def test_a_report_is_not_put_over_another_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("run", "other"):
        write_run(tmp_path / name, [finished(name)])
    assert run_command("report", str(tmp_path / "run"), "--to", str(tmp_path / "other")) == 2
    assert "a run is there; name another folder" in capsys.readouterr().err
    assert not (tmp_path / "other" / "report").exists()


def in_bucket(folder: Path, uri: str, rows: list[dict[str, Any]]) -> Folder:
    """A run in a bucket."""
    write_run(folder / "run", rows)
    bucket = Folder(uri)
    for path in (folder / "run").rglob("*.*"):
        bucket.write(str(path.relative_to(folder / "run")), path.read_bytes())
    return bucket


def run_command(*arguments: str) -> int:
    """The exit code of ``semstyle`` in this process."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["semstyle", *arguments])
        main()
    return int(ended.value.code or 0)


def test_a_run_without_images_has_a_report(tmp_path: Path) -> None:
    job = Job(manifest="m.parquet", manifest_digest="0", options={})
    (tmp_path / "job.json").write_text(job.model_dump_json())  # all that a run has written before its first image
    assert write_report(str(tmp_path)).renders == 0
    assert "No image yet" in page(tmp_path).text


def test_it_works_in_a_bucket(tmp_path: Path, s3: str) -> None:
    bucket = in_bucket(tmp_path, f"{s3}/run", [finished("one", metrics={"sharpness": 1})])
    report = write_report(bucket.uri)
    found = Page(bucket.read("report/index.html").decode())
    assert report.index == f"{bucket.uri}/report/index.html"
    assert [image["src"] for image in found.all("img")] == ["../images/one.png"]


def test_a_folder_without_a_run_is_not_made(tmp_path):
    with pytest.raises(FarmError, match="typo: no run here; start one with `semstyle run`"):
        write_report(str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    roles: list[dict[str, Any]] = [
        {"tags": {"paper": "portrait", "role": "with maps"}, "semantic_weight": 0.0, "image_sha256": "same"},
        {"tags": {"paper": "portrait", "role": "original algorithm"}, "image_sha256": "same"},
    ]
    write_run(tmp_path / "run", [finished(f"row{number}", **row) for number, row in enumerate(roles)])
    assert run_command("report", str(tmp_path / "run"), *["--json"] * as_json) == 0
    said = capsys.readouterr().out
    index = str(tmp_path / "run" / "report" / "index.html")
    if as_json:
        told = json.loads(said)
        assert told["index"] == index
        assert told["contact_sheets"] == [str(tmp_path / "run" / "report" / "contact_sheet.png")]
        assert [claim["verdict"] for claim in told["claims"]] == ["holds", *["not decided"] * 3]
    else:
        assert "holds in 1 of 1 comparisons: γ = 0 is the original algorithm" in said and index in said
        assert "(2 images, a contact sheet beside it)" in said
    text = (tmp_path / "run" / "report" / "claims.md").read_text()
    assert "| portrait | 25 | the same bytes |" in text


def test_numbers_read_well() -> None:
    assert [number(value) for value in (None, 0, 0.12345, 0.2, 12.5, 12345.6, 0.00001, "text", 3)] == [
        "–",
        "0",
        "0.123",
        "0.200",
        "12.5",
        "12,346",
        "1.00e-05",
        "text",
        "3",
    ]
    with pytest.raises(TypeError):
        number([1])


def test_markdown_marks_are_escaped() -> None:
    assert in_markdown("a|b\n<i> *c*") == "a\\|b \\<i\\> \\*c\\*"

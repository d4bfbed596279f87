"""A report as it is written: its data, its pictures and its page, for hostile runs, too."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from finished_run import COLORS, finished, write_run
from html_page import Page
from large_run import HOSTILE, record_table, write_large_run
from PIL import Image
from report_data import cells_of, column_of, parsed, read_data

from semstyle.cli import main
from semstyle.farm.errors import FarmError
from semstyle.farm.output.job import Job
from semstyle.farm.output.record import result_schema
from semstyle.report.number import number
from semstyle.report.page import write_report
from semstyle.report.templates import in_markdown
from semstyle.storage import Folder


def index(out: Path) -> Page:
    return Page((out / "report" / "index.html").read_text(encoding="utf-8"))


def files_of(out: Path, folder: str = "report") -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in (out / folder).rglob("*") if path.is_file()}


def store_record(out: Path, row: dict[str, Any]) -> None:
    """A render that has finished since ``results/`` was written, or is another one now."""
    pq.write_table(pa.Table.from_pylist([row], result_schema()), out / "records" / f"{row['render_id']}.parquet")
    Image.new("RGB", (40, 30), COLORS[1]).save(out / "images" / f"{row['render_id']}.png")


@pytest.fixture(scope="module")
def thirteen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of thirteen renders with its report; nobody changes it."""
    out = tmp_path_factory.mktemp("thirteen") / "run"
    write_large_run(out, 13)
    write_report(str(out))
    return out


def test_columns_are_what_renders_differ_in_and_the_rest_is_said_once(thirteen: Path) -> None:
    run = read_data(thirteen, "run")
    assert run["counts"] | {"renders": 13, "shown": 13, "failed": 2} == run["counts"] and run["state"] == "finished"
    assert cells_of(thirteen, "style_weight")[:6] == [10, 10, 10, 10, 10, 25]
    assert cells_of(thirteen, "tags.draft")[:6] == ["yes", None, None, None, None, "yes"]
    assert column_of(run, "tags.scene")["constant"] == "coast"
    assert column_of(run, "size") | {"constant": 128, "group": "parameter", "kind": "number"} == column_of(run, "size")
    metric = column_of(run, "metric_semantic_leak")
    assert (metric["group"], metric["better"]) == ("metric", "lower") and metric["meaning"].startswith("share of")
    assert cells_of(thirteen, "metric_semantic_leak")[0] == 0.5
    assert not {"content_weights", "priority"} & {column["name"] for column in run["columns"]}, "of nothing but nulls"
    page = read_data(thirteen, "renders-00000")
    assert page["thumbnails"] == [1] * 13 and page["columns_digest"] == run["columns_digest"]
    assert run["pages"][0]["count"] == 13 and "images" not in page


def test_renders_have_small_pictures_and_where_their_patches_come_from(thirteen: Path) -> None:
    page, details = read_data(thirteen, "renders-00000"), read_data(thirteen, "details-00000")
    for render_id, detail in zip(page["ids"], details["details"], strict=True):
        thumbnail = Image.open(thirteen / "report" / "thumbnails" / f"{render_id}.webp")
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (128, 96))
        if detail["parameters"]["method"] == "gram":
            assert detail["origin"] is None
            continue
        origin = detail["origin"]
        picture = parsed((thirteen / "report" / origin["script"]).read_text())["picture"]
        assert picture.startswith("data:image/png;base64,") and (origin["width"], origin["height"]) == (32, 24)
        assert origin["styles"] == [detail["inputs"][0]["picture"]]


def test_details_say_everything_and_how_to_make_it_again(thirteen: Path) -> None:
    detail = read_data(thirteen, "details-00000")["details"][3]
    assert [file["column"] for file in detail["inputs"]] == ["style", "style_map", "target_map", "content"]
    assert all((thirteen / "report" / file["picture"]).is_file() for file in detail["inputs"])
    assert detail["parameters"]["style_weight"] == 10 and detail["metrics"]["weave"] > 0
    assert [attempt["outcome"] for attempt in detail["attempts"]] == ["worker", "rendered"]
    assert detail["command"].startswith(f"semstyle render --style={thirteen}/inputs/coast_style.png --style-map=")
    assert detail["command"].endswith("--set semantic_weight=100.0 --set size=128 --set iterations=60 -o again.png")
    style = column_of(read_data(thirteen, "run"), "style")
    assert style["constant"] == "coast_style.png" and style["picture"] == detail["inputs"][0]["picture"]


def test_traces_and_failures_are_there(thirteen: Path) -> None:
    page = read_data(thirteen, "traces-00000")
    assert page["ids"] == read_data(thirteen, "renders-00000")["ids"]
    phases = page["traces"][0]["phases"]
    assert [(phase["phase"], phase["width"]) for phase in phases] == [(1, 32), (2, 64), (3, 128)]
    assert phases[2]["loss"][0] > phases[2]["loss"][-1]
    failures = read_data(thirteen, "failures-00000")["failures"]
    assert [len(failure["attempts"]) for failure in failures] == [0, 3]
    assert read_data(thirteen, "run")["failures"]["classes"] == {"input": 1, "worker": 1}


def test_a_second_writing_writes_only_what_is_new(thirteen: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one", manifest_row=1), finished("two", manifest_row=2)], ["bad"])
    write_report(str(out))
    before = {path: path.stat().st_mtime_ns for path in (out / "report").rglob("*") if path.is_file()}
    contents = files_of(out)
    write_report(str(out))
    assert files_of(out) == contents
    kept = {path.name for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert kept == {path.name for path in before} - {"index.html", "written.json", "pictures.parquet"}
    store_record(out, finished("three", manifest_row=3, seed=3))
    write_report(str(out))
    assert read_data(out, "renders-00000")["ids"] == ["one", "two", "three"]
    same = {path.name for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert {"one.webp", "two.webp", "failures-00000.js"} <= same and "renders-00000.js" not in same


def test_an_image_that_was_made_again_has_a_new_thumbnail(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    write_report(str(out))
    (out / "results" / "part-00000.parquet").unlink()
    store_record(out, finished("one", image_sha256="another"))
    write_report(str(out))
    pixel = Image.open(out / "report" / "thumbnails" / "one.webp").convert("RGB").getpixel((9, 9))
    assert isinstance(pixel, tuple) and np.abs(np.subtract(pixel, COLORS[1])).max() < 12
    assert read_data(out, "renders-00000")["digests"] == ["another"]


def test_pages_and_files_that_a_smaller_run_has_not_go(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished(f"r{number:03}", manifest_row=number) for number in range(45)])
    write_report(str(out))
    assert {f"report/data/traces-0000{number}.js" for number in range(3)} <= files_of(out).keys()
    report = write_report(str(out), limit=20)
    assert (report.renders, report.shown) == (45, 20)
    assert "report/data/traces-00001.js" not in files_of(out)
    assert len(read_data(out, "renders-00000")["ids"]) == 20
    assert read_data(out, "run")["counts"]["renders"] == 45


def test_renders_stand_in_the_order_of_the_manifest(tmp_path: Path) -> None:
    rows = [finished(f"r{number}", manifest_file="m", manifest_row=9 - number) for number in range(3)]
    write_run(tmp_path / "run", [*rows, finished("old"), finished("b", manifest_file="a", manifest_row=99)])
    write_report(str(tmp_path / "run"))
    assert read_data(tmp_path / "run", "renders-00000")["ids"] == ["old", "b", "r2", "r1", "r0"]


def test_what_has_come_and_gone_since_the_tables_were_written_is_seen(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished(name, metrics={"sharpness": 1}) for name in ("image-gone", "record-gone", "stays")])
    store_record(out, finished("later", metrics={"sharpness": 6}))
    (out / "images" / "image-gone.png").unlink()
    (out / "records" / "record-gone.parquet").unlink()
    (out / "results" / ".DS_Store").write_bytes(b"of another program")
    assert write_report(str(out)).renders == 2
    assert read_data(out, "renders-00000")["ids"] == ["later", "stays"]
    (sharpness,) = read_data(out, "run")["metrics"]
    assert (sharpness["mean"], sharpness["count"]) == (3.5, 2)


def test_a_run_without_tables_is_read_from_its_records(tmp_path: Path) -> None:
    """As while it goes on; traces and origin maps are in the records."""
    out = tmp_path / "run"
    write_large_run(out, 3, running=True)
    (out / "previews").mkdir()
    rendered = min(path.stem for path in (out / "records").iterdir())
    for name in (f"{rendered}-2", f"{rendered}-1", "flying0-1", "flying0-2"):
        (out / "previews" / f"{name}.jpg").write_bytes(b"a picture")
    write_report(str(out))
    run = read_data(out, "run")
    assert [flight["preview"] for flight in run["in_flight"][:2]] == ["../previews/flying0-2.jpg", None]
    details = dict(zip(*read_data(out, "details-00000").values(), strict=True))
    phases = [{"phase": phase, "picture": f"../previews/{rendered}-{phase}.jpg"} for phase in (1, 2)]
    assert details[rendered]["phases_pictures"] == phases
    assert run["state"] == "running" and run["counts"]["left"] == 3 and len(run["in_flight"]) == 4
    assert len(read_data(out, "traces-00000")["traces"][0]["phases"]) == 3
    assert read_data(out, "details-00000")["details"][0]["origin"]["width"] == 32


def test_an_image_that_cannot_be_read_is_told_and_fails_nothing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one"), finished("two", seed=1)])
    (out / "images" / "one.png").write_bytes(b"no image")
    write_report(str(out))
    assert read_data(out, "renders-00000")["thumbnails"] == [0, 1]


def test_images_of_other_kinds_are_linked_by_their_names(tmp_path: Path) -> None:
    out = tmp_path / "run"
    rows = [finished("one", image="images/one.webp"), finished("two", image="../../etc/passwd", seed=1)]
    write_run(out, rows)
    (out / "images" / "one.png").unlink()
    Image.new("RGB", (40, 30)).save(out / "images" / "one.webp")
    write_report(str(out))
    page = read_data(out, "renders-00000")
    assert page["images"] == ["../images/one.webp", "../images/two.png"] and page["thumbnails"] == [1, 1]


def test_inputs_are_read_as_the_run_was_allowed_to_and_as_they_were(tmp_path: Path) -> None:
    """Of three styles one has changed since, and one is where the run's inputs may not come from."""
    out, allowed, other = tmp_path / "run", tmp_path / "in", tmp_path / "elsewhere"
    files = [allowed / "same.png", allowed / "changed.png", other / "secret.png"]
    rows = []
    for place, path in enumerate(files):
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4), (place, 0, 0)).save(path)
        used = {"column": "style", "uri": str(path), "stamp": None}
        used["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(finished(f"r{place}", style=str(path), inputs=[used], seed=place))
    Image.new("RGB", (4, 4), "white").save(files[1])
    write_run(out, rows)
    job = Job(manifest="m.parquet", manifest_digest="0", options={"allow_uri": [str(allowed)]})
    (out / "job.json").write_text(job.model_dump_json())
    write_report(str(out))
    style = column_of(read_data(out, "run"), "style")
    assert style["values"] == ["same.png", "changed.png", "secret.png"]
    assert [picture is not None for picture in style["pictures"]] == [True, False, False]
    assert len(list((out / "report" / "inputs").iterdir())) == 1


def test_large_seeds_stay_exact_and_names_that_clash_are_whole(tmp_path: Path) -> None:
    rows = [
        finished("one", seed=2**62 + 1, style="a/s.png"),
        finished("two", seed=0, style="b/s.png"),
        finished("three", seed=1, style='["a/s.png", "c/t.png"]'),
    ]
    write_run(tmp_path / "run", rows)
    write_report(str(tmp_path / "run"))
    assert set(cells_of(tmp_path / "run", "seed")) == {str(2**62 + 1), "0", "1"}
    assert set(cells_of(tmp_path / "run", "style")) == {"a/s.png", "b/s.png", "s.png + t.png"}


def test_a_tag_of_each_row_is_no_column_for_each(tmp_path: Path) -> None:
    write_run(tmp_path / "run", [finished(f"r{at}", {"all": "x" * at, f"own{at:03}": "y"}) for at in range(80)])
    write_report(str(tmp_path / "run"))
    tags = [column["name"] for column in read_data(tmp_path / "run", "run")["columns"] if column["group"] == "tag"]
    assert len(tags) == 64 and "tags.all" in tags
    details = read_data(tmp_path / "run", "details-00000")
    assert "own079" in details["details"][details["ids"].index("r79")]["tags"]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_large_run(out, 5, hostile=True)
    claims = [
        finished("x1", {HOSTILE: HOSTILE, "paper": HOSTILE, "role": "with maps"}, style=HOSTILE, semantic_weight=0.0),
        finished("x2", {"paper": HOSTILE, "role": "original algorithm"}, style="s3://k:secret@b/x"),
    ]
    for row in claims:
        store_record(out, row)
    write_report(str(out))
    for name, content in files_of(out).items():
        assert b"secret" not in content, name
        if name.endswith(".js"):
            assert b"<" not in content and "\u2028" not in content.decode(), name
            parsed(content.decode())
    assert HOSTILE.replace("\u2028", " ") in {
        value.replace("\u2028", " ") for value in column_of(read_data(out, "run"), f"tags.{HOSTILE}")["values"]
    }
    assert not re.search(r"(?<!\\)[<`]", (out / "report" / "claims.md").read_text())
    found = index(out)
    assert len(found.all("script")) == 1 and not found.all("img")
    assert not any(name.startswith("on") or name == "style" for _, attributes in found.tags for name in attributes)


def test_the_policy_allows_the_page_its_own_script_and_style_and_nothing_else(thirteen: Path) -> None:
    html = (thirteen / "report" / "index.html").read_text(encoding="utf-8")
    found = index(thirteen)
    policy = next(meta for meta in found.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")["content"]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules[rule].split()
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "'self' file: data: blob:" and set(rules) == {
        *("default-src", "script-src", "style-src", "img-src", "base-uri", "form-action")
    }
    assert not found.all("link")[1:] and found.all("link")[0]["href"] == "data:,"


def test_without_scripts_there_is_an_overview(thirteen: Path) -> None:
    text = index(thirteen).text
    for said in ("13 renders", "2 failed rows: 1 input, 1 worker", "semantic_leak", "share of patches"):
        assert said in text


def test_lost_renders_are_told_until_they_are_back(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one"), finished("back")])
    summary = {"renders": 1, "failures": {"lost": 7}, "render_seconds": 1, "evaluations": 1, "devices": {}}
    summary |= {"semstyle_versions": [], "results": [], "traces": [], "lost": ["gone", "back"]}
    (out / "summary.json").write_text(json.dumps(summary))
    write_report(str(out))
    run = read_data(out, "run")
    assert run["lost"] == ["gone"] and run["counts"]["lost"] == 6 and "6 lost" in index(out).text
    (out / "summary.json").write_text(json.dumps({**summary, "failures": {}, "lost": []}))
    write_report(str(out))
    assert read_data(out, "run")["lost"] == []


def test_contact_sheets_are_linked(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    (out / "report").mkdir()
    names = [f"contact_sheet{number}.png" for number in ("", "-2", "-10", "-01", "-x")]
    for name in names:
        (out / "report" / name).write_bytes(b"")
    write_report(str(out))
    assert read_data(out, "run")["contact_sheets"] == names[:3]
    assert [link["href"] for link in index(out).all("a")] == names[:3]


def test_a_report_can_be_put_elsewhere_with_its_images(tmp_path: Path, s3: str) -> None:
    """As one looks at a run in a bucket that gives nothing away without keys."""
    maps: dict[str, Any] = {"maps": [("images/one.style_map.png", "0")]}
    bucket = in_bucket(tmp_path, f"{s3}/looked-at", [finished("one", **maps), finished("two", seed=2)])
    bucket.write("images/one.style_map.png", b"a map")
    before = sorted(bucket.filesystem.find(bucket.path()))
    assert run_command("report", bucket.uri, "--to", str(tmp_path / "look")) == 0
    assert sorted(bucket.filesystem.find(bucket.path())) == before
    for name in ("one.png", "two.png", "one.style_map.png"):
        assert (tmp_path / "look" / "images" / name).read_bytes() == bucket.read(f"images/{name}")
    assert (tmp_path / "look" / "report" / "contact_sheet.png").is_file()
    assert read_data(tmp_path / "look", "renders-00000")["thumbnails"] == [1, 1]
    maps_made = read_data(tmp_path / "look", "details-00000")["details"][0]["maps_made"]
    assert maps_made == {"style_map": "../images/one.style_map.png"}
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
    assert read_data(tmp_path, "run")["pages"] == []


def test_it_works_in_a_bucket(s3: str, tmp_path: Path) -> None:
    bucket = in_bucket(tmp_path, f"{s3}/run", [finished("one", metrics={"sharpness": 1})])
    for _ in range(2):
        assert write_report(bucket.uri).index == f"{bucket.uri}/report/index.html"
    assert parsed(bucket.read("report/data/renders-00000.js").decode())["ids"] == ["one"]
    kinds = {
        name: bucket.filesystem.info(bucket.path(f"report/{name}"))["ContentType"]
        for name in ("data/run.js", "thumbnails/one.webp")
    }
    assert kinds == {"data/run.js": "text/javascript; charset=utf-8", "thumbnails/one.webp": "image/webp"}


def test_a_folder_without_a_run_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FarmError, match="typo: no run here; start one with `semstyle run`"):
        write_report(str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    roles: list[dict[str, Any]] = [
        {"tags": {"paper": "portrait", "role": "with maps"}, "semantic_weight": 0.0, "pixels_sha256": "same"},
        {"tags": {"paper": "portrait", "role": "original algorithm"}, "pixels_sha256": "same"},
    ]
    write_run(tmp_path / "run", [finished(f"row{at}", **row) for at, row in enumerate(roles)])
    assert run_command("report", str(tmp_path / "run"), "--limit", "1", *["--json"] * as_json) == 0
    said = capsys.readouterr().out
    where = str(tmp_path / "run" / "report" / "index.html")
    if as_json:
        told = json.loads(said)
        assert told["index"] == where
        assert told["contact_sheets"] == [str(tmp_path / "run" / "report" / "contact_sheet.png")]
        assert [claim["verdict"] for claim in told["claims"]] == ["holds", *["not decided"] * 3]
    else:
        assert "holds in 1 of 1 comparisons: γ = 0 is the original algorithm" in said and where in said
        assert "(2 images, the first 1 shown, a contact sheet beside it)" in said
    text = (tmp_path / "run" / "report" / "claims.md").read_text()
    assert "| portrait | 25 | the same pixels |" in text
    claim = read_data(tmp_path / "run", "run")["claims"][0]
    shown = [{"render_id": "row0", "label": "γ = 0"}, {"render_id": "row1", "label": "original algorithm"}]
    assert claim["comparisons"] == [{"title": "portrait, β = 25", "held": True, "renders": shown}]


def test_a_record_of_another_version_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    """With a parameter that this version has not in this range, and without the columns of later versions."""
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    (out / "results" / "part-00000.parquet").unlink()
    row = {**finished("one", manifest_row=1), "method": "of the future", "maps": [], "loss": 1.0}
    dropped = ["origins", "trace", "inputs", "attempts", "image", "manifest_file", "tags", "metrics", "remarks"]
    table = record_table({**dict.fromkeys(dropped), "height": 30, "width": 40, **row, "method": "gram"})
    table = table.set_column(table.column_names.index("method"), "method", pa.array(["of the future"]))
    pq.write_table(table.drop_columns(["origins", "inputs", "attempts"]), out / "records" / "one.parquet")
    write_report(str(out))
    detail = read_data(out, "details-00000")["details"][0]
    assert detail["command"] is None and detail["parameters"]["method"] == "of the future"
    assert [file["column"] for file in detail["inputs"]] == ["style", "target_map"] and detail["attempts"] == []


def test_what_another_program_has_written_is_an_error_in_one_line(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    table = pa.table({"render_id": ["one"], "style_weight": ["much"]})
    pq.write_table(table, out / "results" / "part-00000.parquet")
    with pytest.raises(
        FarmError, match=r"run: a record or a part of results/ .* is not as semstyle writes them \(Arrow"
    ):
        write_report(str(out))


def test_numbers_that_are_none_are_null(tmp_path: Path) -> None:
    nowhere = float("nan")
    row = finished("one", metrics={"sharpness": nowhere}, seconds=float("inf"), render_seconds=nowhere, loss=nowhere)
    write_run(tmp_path / "run", [row, finished("two", loss=2.0)])
    write_report(str(tmp_path / "run"))
    assert cells_of(tmp_path / "run", "loss") == [None, 2.0]
    assert read_data(tmp_path / "run", "run")["times"]["render"] is None
    assert read_data(tmp_path / "run", "details-00000")["details"][0]["metrics"] == {"sharpness": None}


@pytest.mark.parametrize("kept", [b"{", b"[]", b'{"version": 1}', b'{"keys": {"../../job.json": "0"}}'])
def test_notes_of_an_earlier_writing_that_are_no_such_are_passed_over(tmp_path: Path, kept: bytes) -> None:
    out = tmp_path / "run"
    write_run(out, [finished("one")])
    write_report(str(out))
    before = files_of(out)
    (out / "report" / "data" / "written.json").write_bytes(kept)
    (out / "report" / "data" / "pictures.parquet").write_bytes(kept)
    (out / "report" / "data" / "run.js").write_bytes(b"of another version")
    write_report(str(out))
    assert files_of(out) == before


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

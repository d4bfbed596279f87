"""``semstyle compare`` as a user runs it, on real renders of small scenes and on folders that are made up."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from semstyle.cli import main
from semstyle.farm import aggregate
from semstyle.farm.attempt import Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.job import Job
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import BadRow, Position
from semstyle.manifest.row import Row, make_row
from semstyle.storage import Folder

SIDE = 96
TARGETS = 12
SCENE = {"style": "style.png", "style_map": "style_map.png", "content": "style.png", "size": SIDE, "iterations": 16}
PAPERS = {"coherence": 0.0, "variety": 0.0, "content_weight": 40.0, "map_encoding": "labels"}
"""The paper's matching, and a content that says the opposite of the map, so that γ has something to decide."""
UPPER, LOWER = (255, 0, 0), (0, 0, 255)


def texture(seed: int, base: tuple[int, int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(SIDE / 2, SIDE, 3): soft spots in and around one colour."""
    coarse = np.random.default_rng(seed).integers(0, 256, (SIDE // 8, SIDE // 4, 3), np.uint8)
    spots = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE // 2), Image.Resampling.BICUBIC)).astype(float)
    return np.clip(np.array(base) + 50 * (spots - 128) / 128, 0, 255).astype(np.uint8)


def blobs(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    field = gaussian_filter(np.random.default_rng(seed).standard_normal((SIDE, SIDE)), SIDE / 8, mode="wrap")
    return np.where(field[..., None] > 0, UPPER, LOWER).astype(np.uint8)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    halves = np.zeros((SIDE, SIDE, 3), np.uint8)
    halves[: SIDE // 2], halves[SIDE // 2 :] = UPPER, LOWER
    style = np.concatenate([texture(1, (200, 120, 40)), texture(2, (40, 100, 200))])
    for name, pixels in {"style": style, "style_map": halves}.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    for number in range(TARGETS):
        Image.fromarray(blobs(number)).save(folder / f"target{number}.png")
    return folder


def write_job(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    job = Job(manifest="m.parquet", manifest_digest="0", options={})
    (out / "job.json").write_text(job.model_dump_json())


def render_night(inputs: Path, out: Path, targets: int = TARGETS, first_seed: int = 0, **values: Any) -> str:
    """Render every target as a worker does, each with a seed of its own; returns where the night is."""
    write_job(out)
    for number in range(targets):
        given = {**SCENE, **PAPERS, "target_map": f"target{number}.png", "seed": first_seed + number, **values}
        row = make_row(given, Position("m.parquet", number), str(inputs))
        assert isinstance(row, Row), row
        answer = attempt(Assignment(row, str(out), "run", Demand(0, 1)), Started("node", 1, time.time()))
        assert isinstance(answer, Committed), answer
    aggregate(str(out))
    return str(out)


@pytest.fixture(scope="module")
def usual(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A night with γ = 50, the default."""
    return render_night(inputs, tmp_path_factory.mktemp("usual"))


@pytest.fixture(scope="module")
def halved(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render_night(inputs, tmp_path_factory.mktemp("halved"), semantic_weight=25.0)


def compare(*arguments: str) -> int:
    """The exit code of ``semstyle compare`` in this process."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["semstyle", "compare", *arguments])
        main()
    return int(ended.value.code or 0)


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what ``--json`` says."""
    code = compare(*arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def requirements(folder: Path, text: str) -> str:
    file = folder / "requirements.yaml"
    file.write_text(f"requirements: {text}\n")
    return str(file)


def difference(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["differences"] if one["name"] == name)


def test_gamma_halved_is_caught(usual: str, halved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    required = requirements(tmp_path, "{semantic_leak: {max_increase: 0.006}}")
    code, told = compared(capsys, usual, halved, "--requirements", required)
    assert code == 3
    assert (told["pairing"]["by_inputs"], told["pairing"]["only_before"]) == (TARGETS, 0)
    (change,) = told["pairing"]["changed"]
    assert (change["name"], change["values"], change["pairs"]) == ("semantic_weight", ["50 → 25"], TARGETS)
    leak = difference(told, "semantic_leak")
    assert leak["pairs"] == TARGETS and 0 < leak["low"] < leak["mean"] < leak["high"]
    assert told["images"]["differing"] == TARGETS and len(told["images"]["worst"]) == 10
    assert [verdict["is_broken"] for verdict in told["verdicts"]] == [True]
    assert compare(usual, halved) == 0, "without a requirement nothing is broken"


def test_gamma_halved_once_more_is_caught_by_the_requirement_of_the_documentation(
    inputs: Path, halved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quarter = render_night(inputs, tmp_path / "quarter", semantic_weight=12.5)
    required = requirements(tmp_path, "{semantic_leak: {max_increase: 0.02}, max_failures_new: 0}")
    assert compare(halved, quarter, "--requirements", required) == 3
    said = capsys.readouterr().out
    assert "semantic_weight: 25 → 12.5 (12 pairs)" in said
    assert "broken: semantic_leak max_increase: +0." in said and "at most +0.02 allowed" in said
    assert "kept: max_failures_new: 0 new failures; at most 0 allowed" in said


def test_a_night_with_no_change_passes(
    inputs: Path, usual: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = render_night(inputs, tmp_path / "again", targets=3)
    some = render_night(inputs, tmp_path / "some", targets=3)
    required = requirements(tmp_path, "{semantic_leak: {max_increase: 0}, weave: {max_increase: 0, max_decrease: 0}}")
    code, told = compared(capsys, some, again, "--requirements", required)
    assert code == 0
    assert (told["pairing"]["by_id"], told["images"]["unchanged"], told["images"]["differing"]) == (3, 3, 0)
    assert {one["mean"] for one in told["differences"] if "seconds" not in one["name"]} == {0}
    assert told["provenance"] == told["splits"] == []


def test_a_change_of_seed_alone_passes_within_its_interval(
    inputs: Path, usual: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = render_night(inputs, tmp_path / "seeds", first_seed=100)
    required = requirements(tmp_path, "{semantic_leak: {max_increase: 0.02}}")
    code, told = compared(capsys, usual, others, "--requirements", required)
    assert code == 0
    assert [change["name"] for change in told["pairing"]["changed"]] == ["seed"]
    leak = difference(told, "semantic_leak")
    assert leak["pairs"] == TARGETS and leak["low"] < 0 < leak["high"]
    assert told["images"]["differing"] == TARGETS, "the images are others, though as good"


def test_a_page_is_written(usual: str, halved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(usual, halved, "--page", str(tmp_path / "page"), "--images", "4") == 0
    index = tmp_path / "page" / "index.html"
    said = capsys.readouterr().out
    assert said.endswith(f"{index}\n") and "of which 4 were looked at" in said
    assert index.read_text().count('src="data:image/jpeg;base64,') == 8


def test_it_works_in_buckets(
    usual: str, halved: str, s3: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets = []
    for name, night in (("usual", usual), ("halved", halved)):
        bucket = Folder(f"{s3}/compared/{name}")
        for path in Path(night).rglob("*.*"):
            bucket.write(str(path.relative_to(night)), path.read_bytes())
        buckets.append(bucket.uri)
    required = Folder(f"{s3}/compared")
    required.write("requirements.yaml", b"requirements: {semantic_leak: {max_increase: 0.006}}")
    page = Folder(f"{s3}/compared/page")
    arguments = ("--requirements", required.location("requirements.yaml"), "--page", page.uri)
    code, told = compared(capsys, *buckets, *arguments)
    assert code == 3 and told["pairing"]["pairs"] == TARGETS
    assert b"semstyle compare" in page.read("index.html")
    here = compared(capsys, usual, halved)[1]
    assert {**told, "before": "", "after": "", "verdicts": []} == {**here, "before": "", "after": "", "verdicts": []}


def quarantine(out: str, failures: dict[str, str]) -> None:
    kept = Quarantine(Folder(out), "run", Ledger([], []))
    for render_id, message in failures.items():
        kept.add(BadRow(render_id, Position("m.parquet", 1), "style", message), Failed(FailureClass.INPUT, message))
    kept.flush()


def test_failures_new_and_gone_are_told_and_required(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nights = [render_night(inputs, tmp_path / name, targets=1) for name in ("before", "after")]
    quarantine(nights[0], {"old": "it was too large", "both": "still wrong"})
    quarantine(
        nights[1], {"both": "still wrong", "new": "[bold]red[/] \x1b[31mand \x1b]0;title\x07 password=5up3rsecret"}
    )
    required = requirements(tmp_path, "{max_failures_new: 0}")
    assert compare(*nights, "--requirements", required) == 3
    said = capsys.readouterr().out
    assert "failures: 2 before, 2 after; 1 new, 1 gone" in said
    assert "  gone: old: input: it was too large" in said
    assert "  new: new: input: [bold]red[/] �[31mand �]0;title� password=***" in said
    assert "\x1b" not in said and "5up3r" not in said
    assert "broken: max_failures_new: 1 new failures; at most 0 allowed" in said


def test_strangers_tags_do_nothing_to_a_terminal(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nights = [
        render_night(inputs, tmp_path / name, targets=1, tags={"[red]night[/]": f"\x1b[2J[link=x]{name}"})
        for name in ("before", "after")
    ]
    assert compare(*nights, "--match", "inputs") == 0
    said = capsys.readouterr().out
    assert "tags.[red]night[/]: �[2J[link=x]before → �[2J[link=x]after (1 pair)" in said and "\x1b" not in said


def test_nothing_to_compare_is_one_line(inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night = render_night(inputs, tmp_path / "night", targets=1)
    other = render_night(inputs, tmp_path / "other", targets=1, style="target3.png")
    write_job(tmp_path / "empty")
    (tmp_path / "folder").mkdir()
    for arguments, told in (
        ((night, str(tmp_path / "gone")), "no run here; start one with `semstyle run`"),
        ((str(tmp_path / "folder"), night), "no run here; start one with `semstyle run`"),
        ((night, str(tmp_path / "empty")), "no finished render is there, so nothing can be compared"),
        ((night, other), "they have neither ids nor input files and settings in common"),
        ((night, night, "--across", "semantic_wieght"), "did you mean semantic_weight?"),
        ((night, night, "--across", "seed", "--match", "id"), "leave out --match id"),
    ):
        assert compare(*arguments) == 2
        said = capsys.readouterr()
        assert told in said.err and said.err.count("\n") == 1 and said.out == ""
    assert not (tmp_path / "gone").exists()

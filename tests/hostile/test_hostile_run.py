"""A real run over a manifest of dozens of hostile rows and a few good ones, and everything that it leaves behind."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forged_images
import forged_maps
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from settling import SMALL, assert_is_one_clear_line, files_under

from semstyle.manifest.schema import written_schema

PASSWORD = "planted-5up3r"
SECRETS = {
    "AWS_ACCESS_KEY_ID": "planted5up3rKEYID000",
    "AWS_SECRET_ACCESS_KEY": "planted/5up3r+secret=key",
    "AWS_SESSION_TOKEN": "planted.5up3r.session.token",
}
GOOD = {
    "plain": {},
    "with-maps": {"style_map": "map.npy", "target_map": "map.npy"},
    "cmyk": {"style": "cmyk jpeg"},
    "turned": {"content": "turned.png"},
    "told": {"tags": {"source": f"https://user:{PASSWORD}@h/?token={PASSWORD}"}},
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "nan": {"style_weight": math.nan},
    "infinite": {"semantic_weight": math.inf},
    "negative": {"size": -64},
    "huge": {"iterations": 2**62},
    "unknown-method": {"method": "x" * 10_000},
    "unknown-layer": {"style_layers": "9_9"},
    "no-style": {"style": None},
    "half-a-pair": {"style_map": "map.npy"},
}
URIS = {
    "passwd": "file:///etc/passwd",
    "forbidden": "../forbidden.png",
    "missing": f"token={PASSWORD}/none.png",
    "password": f"https://user:{PASSWORD}@127.0.0.1:1/a.png",
    "signature": f"s3://bucket/a.png?X-Amz-Signature={PASSWORD}",
    "unknown": f"nonsense://user:{PASSWORD}@h/a.png",
    "chained": f"zip://a::https://user:{PASSWORD}@h/a.zip",
    "long": "a" * 10_000,
    "device": "/dev/zero",
    "secret-key": f"{SECRETS['AWS_SECRET_ACCESS_KEY']}.png",
}
IDS = ["../../x", "/etc/x", "..", "x" * 10_000, "a\x1b[2J", "a/b", f"https://user:{PASSWORD}@h", "PLAIN", "plain"]


def hostile_rows() -> dict[str, dict[str, Any]]:
    """By the render id that each asks for; those without a legal one are under a number."""
    images = {f"image-{number}": {"style": name} for number, name in enumerate(forged_images.REFUSED)}
    maps = {
        f"map-{number}": {"style_map": f"map {name}", "target_map": "map.npy"}
        for number, name in enumerate(forged_maps.REFUSED)
    }
    uris = {f"uri-{name}": {"style": uri} for name, uri in URIS.items()}
    pickles = {
        "pickled-map": {"style_map": "pickle.npy", "target_map": "map.npy"},
        "pickled-weights": {"encoder": "w.pt"},
    }
    return {**images, **maps, **uris, **pickles, **PARAMETERS}


@dataclass(frozen=True)
class Ran:
    """A finished ``semstyle run``: its folder, what was there before, and all that it said."""

    folder: Path
    before: dict[str, bytes | None]
    exit_code: int
    stdout: str
    stderr: str
    sessions: Path


def put_files(inputs: Path, mark: Path) -> None:
    inputs.mkdir()
    for name, (content, _) in forged_images.REFUSED.items():
        (inputs / name).write_bytes(content)
    for name, (content, _) in forged_maps.REFUSED.items():
        (inputs / f"map {name}").write_bytes(content)
    (inputs / "style.png").write_bytes(forged_images.saved(forged_images.NOISE))
    (inputs / "cmyk jpeg").write_bytes(forged_images.ACCEPTED["cmyk jpeg"][0])
    (inputs / "turned.png").write_bytes(forged_images.turned(6))
    np.save(inputs / "map.npy", np.random.default_rng(0).random((8, 12, 3), np.float32))
    array = np.empty((8, 12, 3), object)
    array[:] = forged_maps.Mark(mark)
    (inputs / "pickle.npy").write_bytes(forged_maps.npy(array, allow_pickle=True))
    (inputs / "w.pt").write_bytes(forged_maps.pickled(mark))


def put_manifest(inputs: Path) -> None:
    named = [{"render_id": name, **row} for name, row in {**GOOD, **hostile_rows()}.items()]
    unnamed = [{"render_id": render_id, "seed": number + 1} for number, render_id in enumerate(IDS)]
    rows = [{"style": "style.png", **SMALL, **row} for row in (*named, *unnamed)]
    for row in rows:
        row["tags"] = list(row.get("tags", {}).items())
    schema = written_schema({column for row in rows for column in row})
    pq.write_table(pa.Table.from_pylist(rows, schema), inputs / "manifest.parquet")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "home").mkdir()
    put_files(folder / "in", folder / "mark")
    (folder / "forbidden.png").write_bytes(forged_images.saved(forged_images.NOISE))
    put_manifest(folder / "in")
    sessions = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # Ray's sockets need a short path
    inherited = {name: value for name, value in os.environ.items() if name not in {"RAY_ADDRESS", "RAY_AUTH_MODE"}}
    environment = {**inherited, **SECRETS, "HOME": str(folder / "home"), "RAY_TMPDIR": str(sessions)}
    options = ["--allow-uri", str(folder / "in"), "--cpus-per-render", "1", "--json"]
    before = files_under(folder)
    finished = subprocess.run(
        [sys.executable, "-m", "semstyle.cli", "run", "in/manifest.parquet", "-o", "out", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    yield Ran(folder, before, finished.returncode, finished.stdout, finished.stderr, sessions)
    shutil.rmtree(sessions, ignore_errors=True)


def test_the_job_goes_on_and_says_that_some_failed(ran: Ran) -> None:
    assert ran.exit_code == 3, ran.stderr[-3000:]
    status = json.loads(ran.stdout)["status"]
    assert (status["state"], status["rendered"], status["left"]) == ("finished", len(GOOD), 0)
    assert status["failed"] == len(hostile_rows()) + len(IDS)
    assert status["duplicates"] == 0 and status["retries"] == 0


def test_the_good_rows_are_rendered(ran: Ran) -> None:
    images = {path.stem for path in (ran.folder / "out/images").iterdir()}
    assert images == {path.stem for path in (ran.folder / "out/records").iterdir()} == set(GOOD)
    assert set(pq.read_table(ran.folder / "out/results")["render_id"].to_pylist()) == set(GOOD)


def test_every_hostile_row_has_its_reason(ran: Ran) -> None:
    failures = {path.stem: json.loads(path.read_text()) for path in (ran.folder / "out/failures").iterdir()}
    assert set(hostile_rows()) <= set(failures)
    assert len(failures) == len(hostile_rows()) + len(IDS)
    for render_id, failure in failures.items():
        assert failure["class"] == "input", failure
        assert failure["render_id"] == render_id
        assert_is_one_clear_line(failure["message"])
    positions = sorted(failure["row"] for failure in failures.values())
    assert positions == list(range(len(GOOD) + 1, len(GOOD) + len(failures) + 1)), "each row once"


def test_nothing_is_written_outside_the_output_folder(ran: Ran) -> None:
    after = files_under(ran.folder)
    assert {name: content for name, content in after.items() if not Path(name).is_relative_to("out")} == ran.before
    assert {name.partition("/")[0] for name in files_under(ran.folder / "out")} <= {
        *("images", "records", "failures", "results", "traces", "report"),
        *("job.json", "status.json", "summary.json", "events", "events.jsonl"),
    }


def test_verify_finds_nothing_wrong(ran: Ran) -> None:
    command = [sys.executable, "-m", "semstyle.cli", "verify", "out", "--json"]
    finished = subprocess.run(command, cwd=ran.folder, capture_output=True, text=True, check=False)
    found = json.loads(finished.stdout)
    assert (finished.returncode, found["problem_count"]) == (0, 0), found
    assert found["records"] == len(GOOD)


def test_no_secret_is_told_anywhere(ran: Ran) -> None:
    texts = {"stdout": ran.stdout.encode(), "stderr": ran.stderr.encode()}
    places = [*(ran.folder / "out").rglob("*"), *ran.sessions.rglob("*")]
    texts |= {str(path): path.read_bytes() for path in places if path.is_file() and not path.is_symlink()}
    assert any("raylet" in name for name in texts), "Ray's logs are among them"
    assert "5up3r" in repr(pq.read_table(ran.folder / "in/manifest.parquet").to_pylist()), "there is one to tell"
    told = {name for name, content in texts.items() if b"5up3r" in content}
    for path in (ran.folder / "out").rglob("*.parquet"):
        if "5up3r" in repr(pq.read_table(path).to_pylist()):  # compressed in the file
            told.add(str(path))
    assert not told

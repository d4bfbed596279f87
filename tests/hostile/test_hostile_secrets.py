"""No secret is told: planted ones are looked for in everything that a user or a stranger might read."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from settling import SMALL, settled
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.errors import SemstyleError
from semstyle.farm import aggregate, read_status, verify
from semstyle.farm.errors import FarmError
from semstyle.farm.options import RunOptions
from semstyle.farm.output.job import begin_job
from semstyle.manifest import ManifestError, build_manifest, read_rows
from semstyle.report import write_contact_sheets
from semstyle.report.varying import short
from semstyle.storage import AllowList, Folder, StorageError, one_line, read_bytes, redact

PASSWORD = "planted-5up3r"
LONG_PASSWORD = f"{PASSWORD}-" * 400
ACCESS_KEY, SECRET_KEY = "planted5up3rKEYID000", "planted/5up3r+secret=key"

URIS = {
    "user and password": f"https://user:{PASSWORD}@127.0.0.1:1/a.png",
    "password alone": f"https://:{PASSWORD}@127.0.0.1:1/a.png",
    "token as a user": f"https://{PASSWORD}@127.0.0.1:1/a.png",
    "password with an @": f"https://user:{PASSWORD}@{PASSWORD}@127.0.0.1:1/a.png",
    "password with a slash": f"s3://user:x/{PASSWORD}@bucket/a.png",
    "password with a colon": f"https://user:a:{PASSWORD}@127.0.0.1:1/a.png",
    "long password": f"https://user:{LONG_PASSWORD}@127.0.0.1:1/a.png",
    "signature": f"https://127.0.0.1:1/a.png?X-Amz-Signature={PASSWORD}",
    "credential": f"https://127.0.0.1:1/a.png?X-Amz-Credential={PASSWORD}%2F2026",
    "google's signature": f"https://127.0.0.1:1/a.png?x-goog-signature={PASSWORD}&x=1",
    "azure's": f"https://127.0.0.1:1/a.png?sv=2026&sig={PASSWORD}",
    "access token": f"https://127.0.0.1:1/a.png?access_token={PASSWORD}#x",
    "api key": f"https://127.0.0.1:1/a.png?api-key={PASSWORD}",
    "unknown scheme": f"nonsense://user:{PASSWORD}@host/a.png",
    "sftp": f"sftp://user:{PASSWORD}@127.0.0.1:1/a.png",
    "in the path of a file": f"/none/token={PASSWORD}/a.png",
    "chained": f"simplecache::https://user:{PASSWORD}@host/a.png",
}


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


def assert_untold(text: str) -> None:
    for secret in ("5up3r", ACCESS_KEY, SECRET_KEY):
        assert secret not in text


@pytest.mark.parametrize("case", URIS)
@pytest.mark.parametrize("column", ["style", "encoder"])
def test_a_failure_does_not_tell(case: str, column: str, folder: Path) -> None:
    line = settled(folder, {"style": "style.png", "render_id": "secret", column: URIS[case]}, (str(folder),))
    assert line is not None
    assert_untold(line)
    assert_untold((folder / "out/failures/secret.json").read_text())


@pytest.mark.parametrize("case", URIS)
def test_no_error_tells(case: str) -> None:
    uri = URIS[case]
    for error in (
        StorageError(f"{uri}: cannot be read with {SECRET_KEY}"),
        ManifestError(f"{uri} is wrong", uri, 1, uri),
        FarmError(f"cannot reach {uri} as {ACCESS_KEY}"),
        the_error(lambda: AllowList(["s3://bucket"]).check(uri)),
        the_error(lambda: read_status(uri.replace("https", "nonsense").replace("s3:", "nonsense:"))),
    ):
        assert_untold("".join(traceback.format_exception(error)))


def the_error(call: Callable[[], Any]) -> SemstyleError:
    with pytest.raises(SemstyleError) as caught:
        call()
    return caught.value


def test_not_even_the_first_part_of_a_secret_that_was_cut(folder: Path) -> None:
    for length in (100, 130, 1900, 1990, 3000):
        text = f"{'x' * length} https://user:{LONG_PASSWORD}@host/ is wrong"
        assert_untold(one_line(text))
    line = settled(folder, {"style": "style.png", "render_id": f"https://user:{LONG_PASSWORD}@host/"})
    assert line is not None
    assert_untold(line)


def test_a_record_does_not_tell_what_it_was_made_from(folder: Path) -> None:
    secret = f"https://user:{PASSWORD}@host/?token={PASSWORD}"
    values = {
        "style": f"./token={PASSWORD}/../style.png",
        "render_id": "told",
        "tags": {"source": secret, secret: f"password: {PASSWORD}", "key": SECRET_KEY},
    }
    assert settled(folder, values) is None
    out = str(folder / "out")
    begin_job(Folder(out), made_manifest(folder), RunOptions(allow_uri=(secret,)))
    aggregate(out)
    record = pq.read_table(folder / "out/records/told.parquet").to_pylist()
    assert_untold(repr(record) + repr(pq.read_table(folder / "out/results").to_pylist()))
    assert_untold((folder / "out/job.json").read_text())
    assert write_contact_sheets(out)


def test_a_record_of_several_styles_is_readable_and_does_not_tell(folder: Path) -> None:
    styles = ["style.png", f"./token={PASSWORD}/../style.png"]
    assert settled(folder, {"style": styles, "render_id": "several", "style_shares": "2,1"}) is None
    (record,) = pq.read_table(folder / "out/records/several.parquet").to_pylist()
    assert_untold(repr(record))
    recorded = json.loads(record["style"])
    assert [uri.rsplit("/", 1)[-1] for uri in recorded] == ["style.png", "style.png"]
    assert record["style_shares"] == "2,1"
    assert short(record["style"]) == "style.png + style.png"


def made_manifest(folder: Path) -> str:
    pq.write_table(pa.table({"style": ["style.png"], "render_id": ["told"]}), folder / "m.parquet")
    return str(folder / "m.parquet")


def test_verify_does_not_tell_where_the_manifest_is() -> None:
    manifest = Folder(f"memory://user:{PASSWORD}@host")
    out = Folder("memory://verified")
    with manifest.filesystem.open(manifest.path("m.parquet"), "wb") as file:
        pq.write_table(pa.table({"style": [f"https://user:{PASSWORD}@h/a.png"]}), file)
    job = begin_job(out, manifest.location("m.parquet"), RunOptions())
    found = verify(out.uri, manifest.location("m.parquet"))
    assert found.missing == 1
    assert_untold(found.model_dump_json() + job.model_dump_json())
    (row,) = read_rows(manifest.location("m.parquet"))
    assert "5up3r" in str(row.position.file), "the rows know it: the test would see it told"


COMMANDS = {
    "run": ["run", f"nonsense://user:{PASSWORD}@h/m.parquet", "-o", "out"],
    "run into": ["run", "m.parquet", "-o", f"nonsense://user:{PASSWORD}@h/out"],
    "run at": ["run", "m.parquet", "-o", "out", "--address", f"http://user:{PASSWORD}@h:8265"],
    "status": ["status", f"nonsense://user:{PASSWORD}@h/out"],
    "status of nothing": ["status", f"memory://user:{PASSWORD}@h/out"],
    "verify": ["verify", f"memory://user:{PASSWORD}@h/out"],
    "build": ["manifest", "build", f"nonsense://user:{PASSWORD}@h/grid.yaml", "-o", "m2.parquet"],
    "validate": ["manifest", "validate", "m.parquet", "--check-inputs"],
    "show": ["manifest", "show", "m.parquet"],
    "show as json": ["manifest", "show", "m.parquet", "--json"],
    "render": ["render", "--style", f"nonsense://user:{PASSWORD}@h/a.png", "-o", "a.png"],
}


@pytest.mark.parametrize("case", COMMANDS)
def test_no_command_tells(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    styles = [uri for uri in URIS.values() if uri.startswith(("nonsense", "/none"))]
    rows = [{"style": style, "tags": [("a", f"token={PASSWORD}")], **SMALL} for style in styles]
    schema = pa.schema([("style", pa.string()), ("tags", pa.map_(pa.string(), pa.string())), ("size", pa.int64())])
    pq.write_table(pa.Table.from_pylist(rows, schema), "m.parquet")
    result = CliRunner().invoke(app, COMMANDS[case])
    assert result.exit_code != 0 or case.startswith("show")
    assert_untold(result.output)
    if result.exception is not None:
        assert_untold("".join(traceback.format_exception(result.exception)))


def test_a_grid_spec_does_not_tell(tmp_path: Path) -> None:
    spec = {"inputs": [{"style": "a", "style_map": f"https://user:{PASSWORD}@h/"}]}
    (tmp_path / "grid.yaml").write_text(json.dumps(spec))
    assert_untold(str(the_error(lambda: build_manifest(str(tmp_path / "grid.yaml"), str(tmp_path / "m.parquet")))))
    (tmp_path / "grid.yaml").write_text(json.dumps({f"https://user:{PASSWORD}@h/": 1, "inputs": [{"style": "a"}]}))
    assert_untold(str(the_error(lambda: build_manifest(str(tmp_path / "grid.yaml"), str(tmp_path / "m.parquet")))))


def test_reading_from_where_a_password_is_needed_does_not_tell(web: tuple[str, list[str]]) -> None:
    server, _ = web
    address = server.replace("://", f"://user:{PASSWORD}@")
    for page in ("status-404", "status-403", "loop", "away-with-token"):
        error = the_error(
            lambda page=page: read_bytes(f"{address}/allowed/{page}", 10, AllowList([f"{server}/allowed"]))
        )
        assert_untold("".join(traceback.format_exception(error)))


def test_ordinary_lines_stay_as_they_are() -> None:
    line = "/etc/passwd: not a PNG, JPEG or WebP image"
    assert redact(line) == one_line(line) == line

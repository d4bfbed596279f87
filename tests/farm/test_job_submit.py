"""``ray job submit`` of jobs/render.py to a cluster's head, with input and output on S3."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from programs import PATIENCE, REPOSITORY, run, start, wait_until
from ray_head import NO_TOKEN, ray_head

from semstyle.farm import read_status, verify
from semstyle.manifest.schema import written_schema
from semstyle.storage import Folder

VERSION = "0.0.0+working.dir"


@pytest.fixture
def head(s3: str) -> Iterator[str]:
    """A Ray head of two CPUs on ports of its own; gives its dashboard's address."""
    with ray_head() as address:
        yield address


def upload(folder: Folder, pictures: Path) -> None:
    """The pictures, one that is not, and a manifest beside them that names them by relative paths."""
    for picture in pictures.iterdir():
        folder.write(picture.name, picture.read_bytes())
    folder.write("broken.png", b"not an image")
    row = {"style_map": "style_map.png", "target_map": "target_map.png", "size": 32, "phases": 1, "iterations": 2}
    rows = [
        {"style": "style.png", **row, "render_id": "good", "tags": {"where": "s3"}},
        {"style": "broken.png", **row, "render_id": "broken"},
    ]
    stream = io.BytesIO()
    columns = {column for row in rows for column in row}
    pq.write_table(pa.Table.from_pylist(rows, written_schema(columns)), stream)
    folder.write("manifest.parquet", stream.getvalue())


def working_directory(target: Path) -> Path:
    """What --working-dir hands over, of a version that is nowhere installed."""
    for name in ("semstyle", "jobs"):
        shutil.copytree(REPOSITORY / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    version = target / "semstyle" / "__init__.py"
    version.write_text(f'"""A copy."""\n\n__version__ = "{VERSION}"\n')
    return target


def test_a_job_renders_from_s3_to_s3_with_the_code_it_brings(head, s3, pictures, tmp_path):
    inputs, out = Folder(f"{s3}/{tmp_path.name}/in"), Folder(f"{s3}/{tmp_path.name}/out")
    upload(inputs, pictures)
    code = working_directory(tmp_path / "code")
    submit = ["ray", "job", "submit", "--address", head, "--working-dir", str(code), "--"]

    job = run(
        [*submit, "python", "jobs/render.py", inputs.location("manifest.parquet"), "-o", out.uri], tmp_path, **NO_TOKEN
    )

    assert job.returncode == 1, f"{job.stdout}\n{job.stderr}"  # Ray's code for a driver that ends with 3
    assert "finished: 1 rendered, 0 there before, 1 failed" in job.stdout
    record = pq.read_table(io.BytesIO(out.read("records/good.parquet"))).to_pylist()[0]
    assert record["semstyle_version"] == VERSION
    assert record["style"] == inputs.location("style.png")
    assert Image.open(io.BytesIO(out.read(record["image"]))).size == (32, 24)
    assert pq.read_table(io.BytesIO(out.read("results/part-00000.parquet"))).num_rows == 1
    assert out.exists("report/contact_sheet.png")
    assert b"broken.png" in out.read("failures/broken.json")
    assert (read_status(out.uri).rendered, read_status(out.uri).failed) == (1, 1)
    assert verify(out.uri).is_good


def test_a_job_that_is_stopped_ends_its_run_with_a_true_status(head, manifest, tmp_path):
    rows = 1000  # more than are rendered while `ray job stop` starts
    path = manifest(*({"seed": seed, "iterations": 60} for seed in range(rows)))
    out = tmp_path / "out"
    job = ["--address", head, "--submission-id", "stopped"]
    render = ["python", "jobs/render.py", path, "-o", str(out), "--cpus-per-render", "1", "--grace", "5"]
    code = working_directory(tmp_path / "code")
    run(["ray", "job", "submit", *job, "--no-wait", "--working-dir", str(code), "--", *render], tmp_path, **NO_TOKEN)
    driver = start(["ray", "job", "logs", "--follow", *job[:2], "stopped"], tmp_path, **NO_TOKEN)
    wait_until(lambda: any((out / "records").glob("*.parquet")), driver)

    stopped = run(["ray", "job", "stop", *job[:2], "stopped"], tmp_path, **NO_TOKEN)

    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    driver.communicate(timeout=PATIENCE)
    status = read_status(str(out))
    assert status.state == "stopped"
    assert status.rendered == len(list((out / "records").iterdir())) < rows

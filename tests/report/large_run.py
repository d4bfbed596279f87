"""Folders as finished runs of any size leave them, written in seconds, to develop and to try the report with.

python tests/report/large_run.py DIR N [--hostile] [--running] writes DIR with N renders.

Pictures are tiny and shared by hard links. Up to ``RECORDS`` renders have a record of their own; those of larger runs
share these, as whoever reads ``results/`` needs only their names.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from semstyle.engine import Parameters
from semstyle.evaluate.metrics import METRICS
from semstyle.farm.attempt import Attempt, Failed, FailureClass
from semstyle.farm.monitor.status import InFlight, Status
from semstyle.farm.output.aggregate import METRIC_COLUMN, Summary, result_trace_schema, table_schema
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.job import Job, Run
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.record import record_schema, trace_schema
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder

RECORDS = 2_000
PART_ROWS = 20_000
SCENES = ("coast", "portrait", "palace", "harbour")
STYLE_WEIGHTS = (10.0, 25.0, 50.0, 100.0, 250.0)
SEMANTIC_WEIGHTS = (0.0, 10.0, 50.0, 100.0, 250.0)
METHODS = ("semantic", "semantic", "patch", "gram")
LAYERS = ("3_1", "4_1")
PHASES, EVALUATIONS = 3, 60
BEGUN = datetime(2026, 3, 1, 22, tzinfo=UTC)
HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\u2028' {{ 7*7 }}"
)


def write_large_run(out: Path, count: int, hostile: bool = False, running: bool = False) -> str:
    """Write a run of ``count`` renders; returns its path.

    Args:
        hostile: Whether a tag, an input's name and a message try to be markup.
        running: Whether it is half done: twice as many are asked for, a few are in flight, and no table is there yet.
    """
    for name in ("images", "records", "results", "traces", "inputs"):
        (out / name).mkdir(parents=True, exist_ok=True)
    sources = write_inputs(out / "inputs")
    pictures = write_pictures(out / "images")
    rows = rendered_rows(out, count, sources, pictures, hostile)
    for number, part in enumerate(cut(rows)):
        write_part(out, number, part, not running)
    failures = write_failures(out, max(2, min(count // 100, 2_500)), hostile)
    write_papers(out, count, failures, running)
    return str(out)


def cut(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while part := list(itertools.islice(rows, PART_ROWS)):
        yield part


def picture(red: float, green: float, blue: float, waves: float, height: int, width: int) -> Image.Image:
    """A picture of waves in one colour, so that no two look alike."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]  # type: ignore[misc]
    light = 0.55 + 0.45 * np.sin(waves * x + 3 * np.sin(waves * y))
    pixels = np.stack([red * light, green * np.roll(light, height // 5, 0), blue * (1 - light / 2)], -1)
    return Image.fromarray((255 * pixels.clip(0, 1)).astype(np.uint8))


def write_inputs(folder: Path) -> dict[str, dict[str, str]]:
    """A style, its map, a target map and a content for each scene; returns scene → column → path."""
    sources: dict[str, dict[str, str]] = {}
    for number, scene in enumerate(SCENES):
        files = {column: str(folder / f"{scene}_{column}.png") for column in ("style", "style_map", "target_map")}
        picture(0.9, 0.5 + number / 9, 0.3, 9 + 4 * number, 96, 128).save(files["style"])
        for column in ("style_map", "target_map"):
            labels = np.zeros((96, 128, 3), np.uint8)
            labels[: 40 + 6 * number + 20 * (column == "style_map")] = (40, 120, 220)
            labels[60:, 30 + 10 * number :] = (220, 160, 30)
            Image.fromarray(labels).save(files[column])
        if number % 2 == 0:
            files["content"] = str(folder / f"{scene}_content.png")
            picture(0.4, 0.6, 0.9, 5 + number, 96, 128).save(files["content"])
        sources[scene] = files
    return sources


def write_pictures(folder: Path) -> dict[tuple[int, int], tuple[Path, str]]:
    """A picture for each scene and weight, hidden beside the images; returns (scene, weight) → path and SHA-256."""
    pictures = {}
    for scene, weight in itertools.product(range(len(SCENES)), range(len(STYLE_WEIGHTS))):
        stream = io.BytesIO()
        height, width = ((96, 128), (128, 96), (112, 112), (72, 128))[scene]
        drawn = picture(0.3 + 0.2 * scene, 0.9 - 0.15 * weight, 0.2 + 0.15 * weight, 6 + 5 * weight, height, width)
        drawn.save(stream, "PNG")
        path = folder / f".picture-{scene}-{weight}"
        path.write_bytes(stream.getvalue())
        pictures[scene, weight] = path, hashlib.sha256(stream.getvalue()).hexdigest()
    return pictures


def rendered_rows(
    out: Path,
    count: int,
    sources: dict[str, dict[str, str]],
    pictures: dict[tuple[int, int], tuple[Path, str]],
    hostile: bool,
) -> Iterator[dict[str, Any]]:
    """Rows of ``results/`` in the order of the manifest; each one's image is put there."""
    grid = itertools.product(range(1 + count // 100), range(4), range(5), range(5))
    for number, (seed, scene, style, semantic) in enumerate(itertools.islice(grid, count)):
        render_id = hashlib.sha256(f"{number}".encode()).hexdigest()[:16]
        source, sha256 = pictures[scene, style]
        link(source, out / "images" / f"{render_id}.png")
        files = sources[SCENES[scene]]
        parameters = Parameters(
            method=METHODS[(number // 7) % len(METHODS)],
            style_weight=STYLE_WEIGHTS[style],
            semantic_weight=SEMANTIC_WEIGHTS[semantic],
            size=128,
            phases=PHASES,
            iterations=EVALUATIONS,
            seed=seed,
        )
        tags = {"scene": SCENES[scene], "series": f"night {1 + seed % 3}"}
        if number % 5 == 0:
            tags["draft"] = "yes"
        if hostile:
            tags[HOSTILE] = HOSTILE
        height, width = ((96, 128), (128, 96), (112, 112), (72, 128))[scene]
        quality = 0.5 + 0.4 * math.sin(number * 0.7 + style) * math.cos(semantic)
        metrics = {metric.name: round(quality * (1 + at / 5), 5) for at, metric in enumerate(METRICS)}
        if "content" not in files:
            metrics = {name: value for name, value in metrics.items() if name not in ("content_distance", "structure")}
        began = BEGUN + timedelta(seconds=4 * number)
        loss = 2.5 / (1 + style) + 0.2 * semantic
        yield {
            "render_id": render_id,
            "content_id": render_id,
            "content": None,
            **files,
            **parameters.settled("content" in files, PHASES).as_dict(),
            "tags": list(tags.items()),
            "inputs": [
                {"column": column, "uri": uri, "sha256": sha256_of(uri), "stamp": "1"} for column, uri in files.items()
            ],
            "manifest_file": HOSTILE if hostile else "manifest.parquet",
            "manifest_row": number,
            "image": f"images/{render_id}.png",
            "image_sha256": sha256,
            "maps": [],
            "height": height,
            "width": width,
            "loss": loss,
            "content_loss": loss / 5,
            "style_loss_3_1": loss / 2,
            "style_loss_4_1": loss / 4,
            "smoothness_loss": loss / 20,
            "match_score": 0.9 - 0.02 * style,
            "evaluations": PHASES * EVALUATIONS,
            "metrics": list(metrics.items()),
            "remarks": [f"the maps of {HOSTILE if hostile else SCENES[scene]} differ in aspect"] * (number % 50 == 0),
            "started_at": began,
            "seconds": 4.0 + quality,
            "load_seconds": 0.2,
            "render_seconds": 3.0 + quality,
            "store_seconds": 0.3,
            "device": ("NVIDIA H100", "cpu")[number % 3 == 0],
            "node": f"node-{number % 4}",
            "pid": 100 + number % 4,
            "run_id": "a1b2c3d4e5f6",
            "attempts": attempts(number, began),
            "semstyle_version": "0.1",
            "torch_version": "2.14.1",
            "python_version": "3.11.9",
        }


def attempts(number: int, began: datetime) -> list[dict[str, Any]]:
    made = {"run_id": "a1b2c3d4e5f6", "node": f"node-{number % 4}", "pid": 100, "started_at": began, "seconds": 4.0}
    lost = [{**made, "outcome": "worker", "error": "the worker process died"}] * (number % 40 == 3)
    return [*lost, {**made, "outcome": "rendered", "error": ""}]


def sha256_of(path: str, known: dict[str, str] = {}) -> str:  # noqa: B006  (a cache)
    if path not in known:
        known[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return known[path]


def trace_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The evaluations of a render, whose losses fall to the row's."""
    trace = []
    for phase, at in itertools.product(range(1, PHASES + 1), range(1, EVALUATIONS + 1)):
        loss = row["loss"] * (1 + 4 / phase * math.exp(-at / 12))
        trace.append(
            {
                "phase": phase,
                "evaluation": at,
                "height": row["height"] >> (PHASES - phase),
                "width": row["width"] >> (PHASES - phase),
                "loss": loss,
                "content_loss": loss / 5,
                "style_loss_3_1": loss / 2,
                "style_loss_4_1": loss / 4,
                "smoothness_loss": loss / 20,
                "grad_max": loss / 3,
                "match_score": 0.9 - 0.2 / at,
                "rematched": at % 10 == 1,
                "seconds": 0.02 * at * phase,
            }
        )
    return trace


def origins_png(seed: int) -> bytes:
    """An origin map as a record has it: patches in the order of the style, in blocks that come from elsewhere."""
    rows, columns = np.mgrid[0:24, 0:32]
    shift = (rows // 6 + columns // 8 + seed) % 5
    pixels = np.stack([(columns * 8 + 40 * shift) % 256, (rows * 10 + 25 * shift) % 256, shift * 0], -1)
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def record_table(row: dict[str, Any]) -> pa.Table:
    """A record as a worker writes it."""
    origins = None if row["method"] == "gram" else origins_png(row["manifest_row"])
    values = {**row, "trace": trace_of(row), "origins": origins}
    return pa.Table.from_pylist([values], record_schema(LAYERS))


def write_part(out: Path, number: int, rows: Sequence[dict[str, Any]], tables: bool) -> None:
    """Write the records of some renders, and their part of ``results/`` and of ``traces/``."""
    records = out / "records"
    for row in rows:
        path = records / f"{row['render_id']}.parquet"
        if row["manifest_row"] < RECORDS:
            pq.write_table(record_table(row), path, compression="snappy", use_dictionary=False, write_statistics=False)
        else:
            shared = hashlib.sha256(f"{row['manifest_row'] % RECORDS}".encode()).hexdigest()[:16]
            link(records / f"{shared}.parquet", path)
    if not tables:
        return
    metrics = [{METRIC_COLUMN + name: value for name, value in row["metrics"]} for row in rows]
    layers = [name for name in table_schema().names if name.startswith("style_loss_") and name[11:] not in LAYERS]
    ordered = sorted(
        ({**row, **more} for row, more in zip(rows, metrics, strict=True)), key=lambda row: row["render_id"]
    )
    table = pa.Table.from_pylist(ordered, table_schema()).drop_columns(layers)
    pq.write_table(table, out / "results" / f"part-{number:05}.parquet")
    write_traces(out / "traces" / f"part-{number:05}.parquet", ordered)


def write_traces(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the traces of renders in the order given. All are scaled from one, as a dictionary a row takes minutes."""
    schema = pa.schema(
        [field for field in result_trace_schema() if field.name in {"render_id", *trace_schema(LAYERS).names}]
    )
    usual = pa.Table.from_pylist(trace_of({"loss": 1.0, "height": 128, "width": 128}), trace_schema(LAYERS))
    losses = [name for name in usual.column_names if "loss" in name]
    with pq.ParquetWriter(path, schema) as writer:
        for part in (rows[start : start + 500] for start in range(0, len(rows), 500)):
            columns: dict[str, Any] = {"render_id": np.repeat([row["render_id"] for row in part], usual.num_rows)}
            scale = np.repeat([row["loss"] for row in part], usual.num_rows)
            for name in usual.column_names:
                values = np.tile(usual[name].to_numpy(zero_copy_only=False), len(part))
                columns[name] = values * scale if name in losses else values
            writer.write_table(pa.table(columns).select(schema.names).cast(schema))


def write_failures(out: Path, count: int, hostile: bool) -> int:
    quarantine = Quarantine(Folder(str(out)), "a1b2c3d4e5f6", Ledger([], []))
    kinds = (FailureClass.INPUT, FailureClass.WORKER, FailureClass.TIME)
    attempt = Attempt("a1b2c3d4e5f6", FailureClass.WORKER, "node-1", 17, BEGUN.timestamp(), 3.5, "the process died")
    for number in range(count):
        message = HOSTILE if hostile else f"{SCENES[number % 4]}.png: there is no such file"
        row = BadRow(f"bad{number:05}", Position("manifest.parquet", 1_000_000 + number), "style", message)
        kind = kinds[number % len(kinds)]
        failed = Failed(kind, message, traceback=f"Traceback\n  {message}")
        quarantine.add(row, failed, () if kind is FailureClass.INPUT else [attempt] * 3)
    quarantine.flush()
    quarantine.close()
    return count


def write_papers(out: Path, count: int, failures: int, running: bool) -> None:
    """Write ``job.json``, ``status.json`` and ``summary.json``."""
    manifest = str(out.parent / "manifest.parquet")
    now = datetime.now(UTC)
    state = "running" if running else "finished"
    ended = None if running else now
    run = Run(
        run_id="a1b2c3d4e5f6", started_at=BEGUN, ended_at=ended, state=state, host="driver", pid=1, manifest_digest="0"
    )
    job = Job(manifest=manifest, manifest_digest="0", options={"max_attempts": 3, "allow_uri": []}, runs=[run])
    (out / "job.json").write_text(job.model_dump_json(indent=2))
    left = count if running else 0
    flying = [
        InFlight(render_id=f"flying{at}", attempt=1, node=f"node-{at}", pid=at, seconds=2.5 * at) for at in range(4)
    ]
    status = Status(
        run_id="a1b2c3d4e5f6",
        state="running" if running else "finished",
        manifest=manifest,
        renders=count + failures + left,
        duplicates=0,
        skipped=0,
        rendered=count,
        failed=failures,
        failed_before=0,
        retries=count // 40,
        left=left,
        running=4 * running,
        per_minute=15.0,
        eta_seconds=4.0 * left,
        in_flight=flying if running else [],
        started_at=BEGUN,
        updated_at=now,
    )
    (out / "status.json").write_bytes(status.as_json())
    summary = Summary(
        renders=count,
        failures={"input": failures},
        render_seconds=3.5 * count,
        evaluations=PHASES * EVALUATIONS * count,
        devices={"NVIDIA H100": count},
        semstyle_versions=["0.1"],
        results=[],
        traces=[],
    )
    if not running:
        (out / "summary.json").write_text(summary.model_dump_json(indent=2))


def link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # as many links as the disk allows
        target.write_bytes(source.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--running", action="store_true")
    given = parser.parse_args()
    print(write_large_run(given.folder, given.count, given.hostile, given.running))

"""Rendering some of a soak's rows once more, in peace, to see the same images to the byte."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from completeness import Leavings, ids
from programs import environment, semstyle
from seaweedfs import BUCKET
from soak_ground import Ground
from soak_store import Bucket

COUNT = 12
PATIENCE = 300
FOLDER = "again"


def differences(here: Ground, manifest: Path, left: Leavings, seed: int = 0) -> list[str]:
    """Render ``COUNT`` rows again into another folder; returns the ids whose image is not the one that the soak left.

    Raises:
        AssertionError: when they cannot be rendered.
    """
    rendered = sorted(ids(left.names, "records", ".parquet"))
    chosen = random.Random(seed).sample(rendered, min(COUNT, len(rendered)))
    few = write_few(manifest, chosen)
    out = f"s3://{BUCKET}/{FOLDER}"
    command = semstyle("run", str(few), "-o", out, "--address", here.machines.address, "--cpus-per-render", "1")
    done = subprocess.run(
        [*command, "--no-report", "--no-aggregate"],
        env=environment(RAY_AUTH_MODE="disabled", **here.environment),
        cwd=here.folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode != 0:
        raise AssertionError(f"rendering {len(chosen)} rows again ended with {done.returncode}:\n{done.stderr}")
    again = Bucket(here.server, FOLDER)
    paths = (f"images/{render_id}.png" for render_id in chosen)
    return [path for path in paths if again.read(path) is None or again.read(path) != here.bucket.read(path)]


def write_few(manifest: Path, chosen: Sequence[str]) -> Path:
    """Write a manifest of the rows with these ids beside another; returns its path."""
    table = pq.read_table(manifest)
    path = manifest.with_name("again.parquet")
    pq.write_table(table.filter(pc.is_in(table["render_id"], value_set=pa.array(chosen))), path)
    return path

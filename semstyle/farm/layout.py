"""What is where in a run's output folder (design, section 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from semstyle.manifest.identity import RESERVED_END
from semstyle.manifest.shard import Shard
from semstyle.storage import Folder

JOB = "job.json"
STATUS = "status.json"
SUMMARY = "summary.json"
IMAGES = "images"
RECORDS = "records"
FAILURES = "failures"
RESULTS = "results"
TRACES = "traces"
SHARDS = "shards"
CHECKPOINTS = "checkpoints"
CONTACT_SHEET = "report/contact_sheet.png"

IMAGE_SUFFIX = ".png"
MAP_ARRAY_SUFFIX = ".npy"
RECORD_SUFFIX = ".parquet"
FAILURE_SUFFIX = ".json"
CHECKPOINT_SUFFIX = ".safetensors"


def image_path(render_id: str) -> str:
    return f"{IMAGES}/{render_id}{IMAGE_SUFFIX}"


def map_path(render_id: str, name: str) -> str:
    """Of a map that was made for a render; ``name`` is such as ``style_map.png``. No id ends as these names do."""
    return f"{IMAGES}/{render_id}.{name}"


def record_path(render_id: str) -> str:
    return f"{RECORDS}/{render_id}{RECORD_SUFFIX}"


def failure_path(render_id: str) -> str:
    return f"{FAILURES}/{render_id}{FAILURE_SUFFIX}"


def checkpoint_path(render_id: str) -> str:
    return f"{CHECKPOINTS}/{render_id}{CHECKPOINT_SUFFIX}"


def shard_status_path(shard: Shard) -> str:
    return f"{SHARDS}/{shard.number}-of-{shard.count}.json"


def committed_ids(folder: Folder) -> Iterator[str]:
    """Ids of the renders that have a record, in no order."""
    return ids(folder, RECORDS, RECORD_SUFFIX)


def failed_ids(folder: Folder) -> Iterator[str]:
    """Ids of the rows in quarantine, in no order."""
    return ids(folder, FAILURES, FAILURE_SUFFIX)


def checkpoint_ids(folder: Folder) -> Iterator[str]:
    """Ids of the renders that an attempt has left half done, in no order."""
    return ids(folder, CHECKPOINTS, CHECKPOINT_SUFFIX)


def pictures(folder: Folder) -> Iterator[tuple[str, str]]:
    """(render id, path) of every image and of every map beside one, in no order."""
    for name in folder.names(IMAGES):
        stem, dot, suffix = name.rpartition(".")
        if dot and f".{suffix}" in (IMAGE_SUFFIX, MAP_ARRAY_SUFFIX):
            yield RESERVED_END.sub("", stem), f"{IMAGES}/{name}"


def ids(folder: Folder, subfolder: str, suffix: str) -> Iterator[str]:
    for name in folder.names(subfolder):
        if name.endswith(suffix):
            yield name.removesuffix(suffix)

"""Names of the files in a run's output folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from semstyle.image_formats import FORMATS, PNG
from semstyle.manifest.identity import ID_PATTERN, RESERVED_END
from semstyle.manifest.shard import Shard
from semstyle.storage import Folder

JOB = "job.json"
STATUS = "status.json"
SUMMARY = "summary.json"
CONTROL = "control.json"
IMAGES = "images"
RECORDS = "records"
FAILURES = "failures"
RESULTS = "results"
TRACES = "traces"
SHARDS = "shards"
CHECKPOINTS = "checkpoints"
PREVIEWS = "previews"
REPORT = "report"
CONTACT_SHEET = f"{REPORT}/contact_sheet.png"
FURTHER_SHEET = re.compile(r"contact_sheet-([1-9][0-9]{0,3})\.png")

IMAGE_SUFFIXES = tuple(one.suffix for one in FORMATS.values())
MAP_SUFFIXES = (".png", ".npy")
RECORD_SUFFIX = ".parquet"
FAILURE_SUFFIX = ".json"
CHECKPOINT_SUFFIX = ".safetensors"
PREVIEW = re.compile(r"(.+)-([1-9][0-9]{0,2})\.jpg")
"""Id and phase of a preview."""


def image_path(render_id: str, format_name: str = PNG.name) -> str:
    """Return the path of a render's image, which is a PNG unless its row says otherwise."""
    return f"{IMAGES}/{render_id}{FORMATS[format_name].suffix}"


def image_paths(render_id: str) -> list[str]:
    """Return the paths that a render's image may have, one for each format."""
    return [image_path(render_id, name) for name in FORMATS]


def recorded_image(record: Mapping[str, Any]) -> str:
    """Return the path of the image of a render by its record, of which ``render_id`` and ``image`` are needed.

    A record may be a stranger's: a path that no image of this render has is not believed.
    """
    image = record.get("image")
    return image if image in image_paths(record["render_id"]) else image_path(record["render_id"])


def map_path(render_id: str, name: str) -> str:
    """Return the path of a map that was made for a render, of a name such as ``style_map.png``; no id ends so."""
    return f"{IMAGES}/{render_id}.{name}"


def record_path(render_id: str) -> str:
    return f"{RECORDS}/{render_id}{RECORD_SUFFIX}"


def failure_path(render_id: str) -> str:
    return f"{FAILURES}/{render_id}{FAILURE_SUFFIX}"


def checkpoint_path(render_id: str) -> str:
    return f"{CHECKPOINTS}/{render_id}{CHECKPOINT_SUFFIX}"


def preview_path(render_id: str, phase: int) -> str:
    """Return the path of a small picture of a render at the end of ``phase``, counted from 1."""
    return f"{PREVIEWS}/{render_id}-{phase}.jpg"


def preview_phases(folder: Folder) -> dict[str, list[int]]:
    """Return the phases of which each render has a preview, in order; those that have none are not there."""
    found = [match for name in folder.names(PREVIEWS) if (match := PREVIEW.fullmatch(name))]
    phases: dict[str, list[int]] = {}
    for render_id, phase in sorted((match[1], int(match[2])) for match in found if ID_PATTERN.fullmatch(match[1])):
        phases.setdefault(render_id, []).append(phase)
    return phases


def contact_sheet_path(number: int) -> str:
    """Return the path of contact sheet ``number``, counted from 1."""
    return CONTACT_SHEET if number == 1 else f"{REPORT}/contact_sheet-{number}.png"


def contact_sheets(folder: Folder) -> list[str]:
    """Return the paths of the contact sheets that are there, in order."""
    names = set(folder.names(REPORT))
    numbers = sorted(int(found[1]) for found in map(FURTHER_SHEET.fullmatch, names) if found)
    return [path for path in map(contact_sheet_path, (1, *numbers)) if path.rpartition("/")[2] in names]


def shard_status_path(shard: Shard) -> str:
    return f"{SHARDS}/{shard.number}-of-{shard.count}.json"


def committed_ids(folder: Folder) -> Iterator[str]:
    """Yield the ids of the renders that have a record, in no order."""
    return ids(folder, RECORDS, (RECORD_SUFFIX,))


def image_ids(folder: Folder) -> Iterator[str]:
    """Yield the ids of the renders that have an image, in no order; one with images in two formats comes twice."""
    return ids(folder, IMAGES, IMAGE_SUFFIXES)


def finished_ids(folder: Folder) -> Iterator[str]:
    """Yield the ids of the renders that count, as they have a record and its image, in no order."""
    recorded = set(committed_ids(folder))
    for render_id in image_ids(folder):
        if render_id in recorded:
            recorded.remove(render_id)  # of a million, whoever keeps what is given has no room for both
            yield render_id


def failed_ids(folder: Folder) -> Iterator[str]:
    """Yield the ids of the rows in quarantine, in no order."""
    return ids(folder, FAILURES, (FAILURE_SUFFIX,))


def checkpoint_ids(folder: Folder) -> Iterator[str]:
    """Yield the ids of the renders that an attempt has left half done, in no order."""
    return ids(folder, CHECKPOINTS, (CHECKPOINT_SUFFIX,))


def pictures(folder: Folder) -> Iterator[tuple[str, str]]:
    """Yield (render id, path) of every image and of every map beside one, in no order."""
    for name in folder.names(IMAGES):
        stem, dot, suffix = name.rpartition(".")
        render_id = RESERVED_END.sub("", stem)
        known = IMAGE_SUFFIXES if render_id == stem else MAP_SUFFIXES
        if f"{dot}{suffix}" in known and ID_PATTERN.fullmatch(render_id):
            yield render_id, f"{IMAGES}/{name}"


def ids(folder: Folder, subfolder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield the ids of files in ``subfolder``; those of other programs, such as ``.DS_Store``, are left out."""
    for name in folder.names(subfolder):
        stem, dot, suffix = name.rpartition(".")
        if f"{dot}{suffix}" in suffixes and ID_PATTERN.fullmatch(stem) and not RESERVED_END.search(stem):
            yield stem

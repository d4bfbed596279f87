"""Whether a finished output folder has each row once, and nothing else."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
from soak_rows import Expected
from soak_store import Bucket

PAPERS = re.compile(r"(job|status|summary|control)\.json|(results|traces)/part-\d+\.parquet|report/[\w./-]+")
"""What may be in a finished folder besides images, records and failures."""
CLASS = "input"
"""The class of every failure that a soak's manifest asks for."""


@dataclass(frozen=True)
class Leavings:
    """What a run has left.

    Attributes:
        names: The path of every object.
        results: The ids in the tables of ``results/``, in their order.
        classes: The class of each failure, by id.
        is_partial: Whether the run was stopped before its end, so that rows may be left and tables missing.
    """

    names: Sequence[str]
    results: Sequence[str]
    classes: Mapping[str, str]
    is_partial: bool = False


def read_leavings(bucket: Bucket, is_partial: bool) -> Leavings:
    names = bucket.names()
    results: list[str] = []
    classes: dict[str, str] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        content = bucket.read(name) if folder in {"results", "failures"} else None
        if content is not None and folder == "results":
            results += pq.read_table(io.BytesIO(content), columns=["render_id"])["render_id"].to_pylist()
        elif content is not None:
            classes[file.removesuffix(".json")] = json.loads(content)["class"]
    return Leavings(names, results, classes, is_partial)


def ids(names: Iterable[str], folder: str, suffix: str) -> list[str]:
    begin = f"{folder}/"
    return [name[len(begin) : -len(suffix)] for name in names if name.startswith(begin) and name.endswith(suffix)]


def problems(left: Leavings, expected: Expected) -> Iterator[str]:
    """Yield what is missing, there twice, of the wrong kind, or not to be there."""
    images, records = ids(left.names, "images", ".png"), ids(left.names, "records", ".parquet")
    failures = ids(left.names, "failures", ".json")
    yield from once("record", records, expected.rendered, left.is_partial)
    # Of rows that are left, an attempt that was killed may have stored the image; the next one writes over it.
    yield from once("image", images, expected.rendered if left.is_partial else set(records), left.is_partial)
    yield from (f"{render_id} has a record and no image" for render_id in sorted(set(records) - set(images)))
    yield from once("failure", failures, expected.failed, left.is_partial)
    if not left.is_partial:
        yield from once("row of results/", left.results, expected.rendered, is_partial=False)
    for render_id, kind in left.classes.items():
        if kind != CLASS:
            yield f"{render_id} failed as {kind}"
    known = {
        *(f"images/{one}.png" for one in images),
        *(f"records/{one}.parquet" for one in records),
        *(f"failures/{one}.json" for one in failures),
    }
    for name in left.names:
        if name not in known and not PAPERS.fullmatch(name):
            yield f"{name} should not be there"


def once(what: str, found: Sequence[str], expected: Iterable[str], is_partial: bool) -> Iterator[str]:
    """Yield ids that come twice, that nobody asked for, and that are missing unless it is only a part."""
    wanted, there = set(expected), Counter(found)
    for render_id, count in there.items():
        if count > 1:
            yield f"{render_id} has a {what} {count} times"
        if render_id not in wanted:
            yield f"{render_id} has a {what} that nobody asked for"
    if not is_partial:
        for render_id in sorted(wanted - set(there)):
            yield f"{render_id} has no {what}"

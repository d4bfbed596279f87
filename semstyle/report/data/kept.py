"""What an earlier writing of the report has left, so that the next one makes only what is new."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle import __version__
from semstyle.farm.output.layout import REPORT
from semstyle.report.pictures.renders import THUMBNAILS, OriginMap, RenderPictures
from semstyle.storage import Folder, MissingObjectError

DATA = f"{REPORT}/data"
WRITTEN, PICTURES = f"{DATA}/written.json", f"{DATA}/pictures.parquet"
SCHEMA = pa.schema(
    [
        ("render_id", pa.string()),
        ("digest", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("patch", pa.float64()),
    ]
)


class KeptPictures:
    """Knows which renders have a thumbnail, of which image it is, and the sizes of their origin maps."""

    def __init__(self, target: Folder) -> None:
        self._target = target
        self._digests: dict[str, str] = {}
        self._origins: dict[str, OriginMap] = {}
        there = {name.removesuffix(".webp") for name in target.names(THUMBNAILS)}
        for row in read_pictures(target) if there else ():
            if row["render_id"] in there:
                self._digests[row["render_id"]] = row["digest"]
                if row["width"]:
                    self._origins[row["render_id"]] = OriginMap(row["width"], row["height"], row["patch"])

    def has(self, render_id: str, digest: str | None = None) -> bool:
        """Whether a render has a thumbnail, of the image with this digest if one is given."""
        known = self._digests.get(render_id)
        return known is not None and digest in (None, known)

    def origins(self, render_id: str) -> OriginMap | None:
        return self._origins.get(render_id)

    def add(self, drawn: RenderPictures, digest: str) -> None:
        """Note what was drawn of a render."""
        self._digests.pop(drawn.render_id, None)
        self._origins.pop(drawn.render_id, None)
        if drawn.has_thumbnail:
            self._digests[drawn.render_id] = digest
        if drawn.origins is not None:
            self._origins[drawn.render_id] = drawn.origins

    def store(self) -> None:
        """Note it for the next writing."""
        none = OriginMap(0, 0, 0.0)
        origins = [self._origins.get(render_id, none) for render_id in self._digests]
        columns = {
            "render_id": list(self._digests),
            "digest": list(self._digests.values()),
            **{name: [getattr(one, name) for one in origins] for name in ("width", "height", "patch")},
        }
        stream = io.BytesIO()
        pq.write_table(pa.table(columns, SCHEMA), stream)
        self._target.write(PICTURES, stream.getvalue(), durable=False)


def read_pictures(target: Folder) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(io.BytesIO(target.read(PICTURES)), schema=SCHEMA)
    except (MissingObjectError, pa.ArrowException):
        return []
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


class WrittenFiles:
    """Writes the files of ``report/data/``, each only when what it is made of has changed."""

    def __init__(self, target: Folder) -> None:
        self._target = target
        self._there = set(target.names(DATA))
        self._keys = {name: key for name, key in read_keys(target).items() if name in self._there}
        self._wanted: set[str] = set()
        self.count = 0
        """How many were written."""

    def is_current(self, name: str, key: str) -> bool:
        """Whether file ``name`` is there and made of what ``key`` stands for; from now on it is one of the report's."""
        self._wanted.add(name)
        return self._keys.get(name) == key

    def write(self, name: str, key: str, content: bytes) -> None:
        """Write a file, unless it is current."""
        if self.is_current(name, key):
            return
        self._target.write(f"{DATA}/{name}", content, durable=False)
        self._keys[name] = key
        self.count += 1

    def finish(self) -> None:
        """Remove the files that this report does not have any more, and note those that it has."""
        for name in self._keys.keys() - self._wanted:
            self._target.delete(f"{DATA}/{name}")
            del self._keys[name]
        noted = {"version": __version__, "keys": self._keys}
        self._target.write(WRITTEN, json.dumps(noted).encode(), durable=False)


def read_keys(target: Folder) -> dict[str, str]:
    """Return what the data files are made of; nothing of those that another version of semstyle has written."""
    try:
        noted = json.loads(target.read(WRITTEN))
        if noted["version"] == __version__:
            return {str(name): str(key) for name, key in noted["keys"].items()}
    except (MissingObjectError, ValueError, TypeError, KeyError, AttributeError):
        pass  # no report yet, or another program's file
    return {}


def page_name(kind: str, number: int) -> str:
    return f"{kind}-{number:05}.js"

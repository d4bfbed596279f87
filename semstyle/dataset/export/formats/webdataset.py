"""Shards of WebDataset: tar files in which each render is an image and its row as JSON."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable

from semstyle.dataset.export.damage import Verified
from semstyle.dataset.export.plan import Part

SUFFIX = ".tar"


def shard_path(part: Part) -> str:
    return f"{part.split}-{part.number:06d}{SUFFIX}"


def shard_bytes(renders: Iterable[Verified]) -> bytes:
    """Write a shard; the same renders give the same bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for render in renders:
            key = key_of(render.render_id)
            add(archive, f"{key}.json", json.dumps(render.row, ensure_ascii=False, allow_nan=False).encode())
            add(archive, f"{key}{render.suffix}", render.image)
    return stream.getvalue()


def key_of(render_id: str) -> str:
    """Return an id without dots: for the readers of these files, a name ends at its first dot."""
    return render_id.replace(".", "%2E")


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file without owner and time, which would differ from one export to the next."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))

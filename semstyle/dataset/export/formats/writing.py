"""Writing one part of a data set, of whichever format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from semstyle.dataset.export.damage import Damaged, Verified, read_render
from semstyle.dataset.export.formats import imagefolder, parquet, webdataset
from semstyle.dataset.export.formats.part import WrittenFile, WrittenPart, note_path, written_file
from semstyle.dataset.export.options import DatasetFormat
from semstyle.dataset.export.plan import ExportPlan, Part, Planned
from semstyle.farm.many_at_once import in_order
from semstyle.storage import Folder
from semstyle.storage.filesystem import is_local

READERS = 8


@dataclass(frozen=True)
class Copied:
    """A render whose image has been copied: what is kept of it in memory."""

    row: dict[str, Any]
    file: WrittenFile
    suffix: str


def write_part(run: Folder, to: Folder, plan: ExportPlan, part: Part) -> WrittenPart:
    """Write a part and, last, the note that says so.

    Raises:
        FarmError: when the run changes meanwhile.
        StorageError: when storage gives out.
    """
    is_folder = plan.options.format is DatasetFormat.IMAGEFOLDER
    written = write_folder(run, to, plan, part) if is_folder else write_shard(run, to, plan, part)
    to.write(note_path(part), written.model_dump_json().encode())
    return written


def write_shard(run: Folder, to: Folder, plan: ExportPlan, part: Part) -> WrittenPart:
    damaged: list[Damaged] = []
    suffixes: list[str] = []

    def verified() -> Iterator[Verified]:
        for found in in_order(lambda planned: read_render(run, planned, plan.tags), part.renders, READERS):
            if isinstance(found, Damaged):
                damaged.append(found)
            else:
                suffixes.append(found.suffix)
                yield found

    if plan.options.format is DatasetFormat.WEBDATASET:
        path, data = webdataset.shard_path(part), webdataset.shard_bytes(verified())
    else:
        path, data = parquet.shard_path(part), parquet.shard_bytes(verified(), plan.tags)
    files = [written_file(path, data)] if suffixes else []
    if files:
        to.write(path, data)
    return WrittenPart(
        split=part.split, files=files, renders=len(suffixes), suffixes=sorted(set(suffixes)), damaged=damaged
    )


def write_folder(run: Folder, to: Folder, plan: ExportPlan, part: Part) -> WrittenPart:
    folder = imagefolder.folder_path(part)

    def copied(planned: Planned) -> Copied | Damaged:
        found = read_render(run, planned, plan.tags)
        if isinstance(found, Damaged):
            return found
        name = f"{found.render_id}{found.suffix}"
        to.write(f"{folder}/{name}", found.image, durable=False)
        file = written_file(f"{folder}/{name}", found.image)
        return Copied({imagefolder.FILE_NAME: name, **found.row}, file, found.suffix)

    answers = list(in_order(copied, part.renders, READERS))
    copies = [answer for answer in answers if isinstance(answer, Copied)]
    files = [copy.file for copy in copies]
    if copies:
        data = imagefolder.metadata_bytes([copy.row for copy in copies], plan.tags)
        path = f"{folder}/{imagefolder.METADATA}"
        to.write(path, data)
        files.append(written_file(path, data))
    if is_local(to.filesystem):
        os.sync()  # the note must not outlive a power cut that the images do not
    return WrittenPart(
        split=part.split,
        files=files,
        renders=len(copies),
        suffixes=sorted({copy.suffix for copy in copies}),
        damaged=[answer for answer in answers if isinstance(answer, Damaged)],
    )

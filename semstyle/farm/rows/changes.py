"""Finding, at the end of a run, the inputs that have changed since they were rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel

from semstyle.farm.many_at_once import answers
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.record import INPUTS
from semstyle.manifest.input_file import InputFile, has_changed
from semstyle.storage import HIDDEN, AllowList, Folder, MissingObjectError

SECONDS = 20.0
"""How long looking at all files may take."""
MOST_LOOKED_AT = 2**17
"""Most files that are looked at; each takes some hundred bytes meanwhile."""
MOST_NAMED = 20
COLUMNS = ["render_id", "run_id", INPUTS]
ROWS_AT_ONCE = 16_384


class Changes(BaseModel):
    """How many inputs have changed since renders were made from them that this run has skipped.

    Attributes:
        inputs: How many files have changed.
        renders: How many renders were made from them.
        names: URIs of the first of those files, without credentials.
        not_looked_at: How many files there was no time for.
    """

    inputs: int = 0
    renders: int = 0
    names: Sequence[str] = ()
    not_looked_at: int = 0


def find_changes(folder: Folder, parts: Sequence[str], ledger: Ledger, run_id: str, allow: AllowList) -> Changes:
    """Look at each file, once, that the renders in ``results/`` of other runs than this were made from.

    Files whose URI holds credentials are left out, as records do not keep these.

    Args:
        parts: Paths of the files of ``results/``.
        ledger: Knows the ids of the manifest's rows; other renders do not count.
    """
    files = set[InputFile]()
    for batch in earlier(folder, parts, run_id):
        files.update(distinct_files(batch))
        if len(files) > MOST_LOOKED_AT:
            break

    def look(file: InputFile) -> tuple[InputFile, bool | None]:
        return file, has_changed(file, file.uri, allow)

    told = [answer for answer in answers(look, sorted(files, key=str), SECONDS) if not isinstance(answer, Exception)]
    changed = {file for file, is_other in told if is_other}
    if not changed:
        return Changes(not_looked_at=len(files) - len(told))
    shown = set[str]()
    renders = 0
    for batch in earlier(folder, parts, run_id):
        for row in batch.to_pylist():
            uris = {file["uri"] for file in row[INPUTS] or () if as_file(file) in changed}
            if uris and ledger.has_met(row["render_id"]):
                shown |= uris
                renders += 1
    return Changes(
        inputs=len(shown),
        renders=renders,
        names=sorted(shown)[:MOST_NAMED],
        not_looked_at=len(files) - len(told),
    )


def earlier(folder: Folder, parts: Sequence[str], run_id: str) -> Iterator[pa.Table]:
    """Yield the rows of ``results/`` that another run has made; a part that another driver makes anew is left out."""
    for part in parts:
        try:
            content = folder.read(part)
        except MissingObjectError:
            continue
        with pq.ParquetFile(pa.BufferReader(content)) as parquet:
            for batch in parquet.iter_batches(ROWS_AT_ONCE, columns=COLUMNS):
                table = pa.Table.from_batches([batch])
                yield table.filter(pc.not_equal(table["run_id"], run_id))


def distinct_files(rows: pa.Table) -> set[InputFile]:
    inputs = rows[INPUTS].combine_chunks().flatten()
    columns = [inputs.field(name) for name in ("uri", "sha256", "stamp")]
    table = pa.Table.from_arrays(columns, ["uri", "sha256", "stamp"])
    distinct = table.group_by(["uri", "sha256", "stamp"]).aggregate([])
    return {as_file(file) for file in distinct.to_pylist() if HIDDEN not in file["uri"]}


def as_file(values: dict[str, str]) -> InputFile:
    return InputFile(values["uri"], values["sha256"], values["stamp"])

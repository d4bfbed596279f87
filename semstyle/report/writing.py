"""Writing a report once, or again and again while its run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import REPORT, contact_sheets, preview_phases, recorded_image
from semstyle.farm.output.record import MAPS
from semstyle.report.claim import ROLE, SCENE, Claim, Sample, sample_of
from semstyle.report.claims import claims_of
from semstyle.report.data.column import Column
from semstyle.report.data.columns import described
from semstyle.report.data.curves import points_for
from semstyle.report.data.details import DETAILS_EACH, details_page, made_maps
from semstyle.report.data.failed_rows import write_failures
from semstyle.report.data.head import head, status_of
from semstyle.report.data.kept import KeptPictures, WrittenFiles, page_name
from semstyle.report.data.renders import RENDERS_EACH, identity, renders_page
from semstyle.report.data.script import data_script, digest_of
from semstyle.report.data.spool import BATCH_ROWS, Spool
from semstyle.report.data.totals import totals_of
from semstyle.report.data.traces import TRACES_EACH, traces_script
from semstyle.report.index import index_html
from semstyle.report.pictures.inputs import InputPictures, used_files
from semstyle.report.pictures.renders import draw_renders, read_or_none
from semstyle.report.report import Report
from semstyle.report.templates import page_environment
from semstyle.storage import AllowList, Folder, one_line, redact

INDEX, CLAIMS, HEAD = f"{REPORT}/index.html", f"{REPORT}/claims.md", "run.js"
WRITERS = 8
DRAWN_BETWEEN_NOTES = 5_000
FileToWrite = tuple[str, str, bytes]
"""Name, key and content of a data file."""


class ReportWriter:
    """Writes the report of one run; each further writing reads and draws only what is new."""

    def __init__(self, folder: Folder, to: Folder | None = None, limit: int | None = None) -> None:
        self._folder, self._target, self._limit = folder, to or folder, limit
        self._copies = to is not None
        self._spool = Spool(folder)
        self._pictures: KeptPictures | None = None
        self._inputs: InputPictures | None = None

    def __enter__(self) -> ReportWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def write(self) -> Report:
        """Write the report as the run is now.

        Raises:
            StorageError: when the run cannot be read, or the report not written.
            FarmError: when a record is damaged, or a table that a run has left is another program's.
        """
        try:
            return self._write()
        except (pa.ArrowException, ValueError, OverflowError) as error:
            reason = one_line(f"{type(error).__name__}: {error}")
            raise FarmError(
                f"{redact(self._folder.uri)}: a record or a part of results/ or traces/ is not as semstyle writes them "
                f"({reason}); `semstyle verify` looks for it"
            ) from error

    def _write(self) -> Report:
        """Write the files that name others after those."""
        spool, status = self._spool, status_of(self._folder)
        self._points = points_for(max(len(spool), status.renders if status else 0))
        spool.refresh(self._points)
        self._shown = len(spool) if self._limit is None else min(self._limit, len(spool))
        files = WrittenFiles(self._target)
        self._previews = {} if self._copies else preview_phases(self._folder)
        self._draw_inputs()
        self._draw_renders()
        if self._copies:
            self._copy_maps()
        columns = described(spool, self.inputs.of_cell)
        pages = self._write_renders(files, columns)
        self._write_details(files)
        self._write_traces(files)
        claims = self._claims()
        sheets = [path.rpartition("/")[2] for path in contact_sheets(self._target)]
        failures = write_failures(self._folder, files)
        run = head(
            self._folder, self._shown, totals_of(spool), columns, pages, failures, claims, sheets, self._previews
        )
        content = data_script("run", run)
        files.write(HEAD, digest_of(content), content)
        text = self._write_claims(claims, run["out"])
        self._target.write(INDEX, index_html(run))
        files.finish()
        self.pictures.store()
        return Report(redact(self._target.location(INDEX)), len(spool), self._shown, claims, text)

    @property
    def pictures(self) -> KeptPictures:
        if self._pictures is None:
            self._pictures = KeptPictures(self._target)
        return self._pictures

    @property
    def inputs(self) -> InputPictures:
        if self._inputs is None:
            job = read_job(self._folder)
            prefixes = job.options.get("allow_uri", ()) if job else ()
            self._inputs = InputPictures(self._target, AllowList([str(prefix) for prefix in prefixes]))
        return self._inputs

    def _draw_inputs(self) -> None:
        columns = ("inputs", "style", "style_map", "target_map", "content")
        for rows in self._rows(BATCH_ROWS, columns):
            self.inputs.draw(sorted(used_files(rows), key=repr))

    def _draw_renders(self) -> None:
        """Draw the renders that have no thumbnail yet, or one of an image that has been replaced."""
        for rows in self._rows(DRAWN_BETWEEN_NOTES, ("render_id", "image", "image_sha256")):
            results = {row["render_id"]: row for row in rows.to_pylist()}
            new = [
                (render_id, recorded_image(row))
                for render_id, row in results.items()
                if not self.pictures.has(render_id, row["image_sha256"] or "")
            ]
            for drawn in draw_renders(self._folder, self._target, new, self._copies):
                self.pictures.add(drawn, results[drawn.render_id]["image_sha256"] or "")
            if len(new) == DRAWN_BETWEEN_NOTES:
                self.pictures.store()

    def _copy_maps(self) -> None:
        """Copy the maps that were made for renders, as far as the page shows them."""
        for rows in self._rows(BATCH_ROWS, ("render_id", MAPS)):
            for result in rows.to_pylist():
                for path in made_maps(result).values():
                    if (content := read_or_none(self._folder, path)) is not None:
                        self._target.write(path, content, durable=False)

    def _rows(self, each: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        for start in range(0, self._shown, each):
            yield self._spool.rows(start, min(start + each, self._shown), columns)

    def _write_renders(self, files: WrittenFiles, columns: Sequence[Column]) -> list[dict[str, Any]]:
        pages = []
        read = {column.source.column for column in columns} | {"render_id", "image", "image_sha256", "height", "width"}
        for number, rows in enumerate(self._rows(RENDERS_EACH, sorted(read))):
            content = data_script("renders", number, renders_page(rows, columns, self.pictures))
            name, digest = page_name("renders", number), digest_of(content)
            files.write(name, digest, content)
            pages.append({"file": name, "count": rows.num_rows, "digest": digest})
        return pages

    def _write_details(self, files: WrittenFiles) -> None:
        store(files, self._details(files))

    def _details(self, files: WrittenFiles) -> Iterator[FileToWrite]:
        """Yield the pages of details that are not current."""
        drawn = self.inputs.digest()
        for number, page in self._slices(DETAILS_EACH):
            render_ids = page["render_id"].to_pylist()
            known = [(self.pictures.origins(render_id), self._previews.get(render_id)) for render_id in render_ids]
            name, key = page_name("details", number), digest_of(identity(page), drawn, repr(known).encode())
            if not files.is_current(name, key):
                yield (
                    name,
                    key,
                    data_script("details", number, details_page(page, self.inputs, self.pictures, self._previews)),
                )

    def _write_traces(self, files: WrittenFiles) -> None:
        stale: list[tuple[int, str, list[str]]] = []
        points = str(self._points).encode()
        for number, page in self._slices(TRACES_EACH):
            key = digest_of(identity(page), points)
            if not files.is_current(page_name("traces", number), key):
                stale.append((number, key, page["render_id"].to_pylist()))
        self._spool.read_curves({render_id for _, _, render_ids in stale for render_id in render_ids}, self._points)
        store(
            files,
            (
                (page_name("traces", number), key, traces_script(number, render_ids, self._spool))
                for number, key, render_ids in stale
            ),
        )

    def _slices(self, each: int) -> Iterator[tuple[int, pa.Table]]:
        """Yield the pages of ``each`` renders, numbered; many are read at once."""
        number = 0
        for rows in self._rows(RENDERS_EACH):
            for start in range(0, rows.num_rows, each):
                yield number, rows.slice(start, each)
                number += 1

    def _claims(self) -> list[Claim]:
        samples: list[Sample] = []
        columns = ("render_id", "tags", "style_weight", "semantic_weight", "image_sha256", "pixels_sha256", "metrics")
        for rows in self._spool.pages(BATCH_ROWS, columns):
            tags = rows["tags"].combine_chunks()
            has = [pc.is_valid(pc.map_lookup(tags, pa.scalar(tag), "first")) for tag in (SCENE, ROLE)]
            for result in rows.filter(pc.and_(*has)).to_pylist():
                if sample := sample_of(result):
                    samples.append(sample)
        return claims_of(samples)

    def _write_claims(self, claims: Sequence[Claim], out: str) -> str | None:
        if not claims:
            return None
        text = page_environment().get_template("claims.md").render(claims=claims, out=out)
        self._target.write(CLAIMS, text.encode())
        return text


def store(files: WrittenFiles, pages: Iterator[FileToWrite]) -> None:
    """Write pages in threads, as a bucket takes its time."""
    for _ in in_order(lambda page: files.write(*page), pages, WRITERS):
        continue

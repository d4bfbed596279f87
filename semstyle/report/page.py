"""Writing ``report/``: a run as a page that a browser shows without a network, and the paper's claims as text."""

from __future__ import annotations

from semstyle.farm.errors import FarmError
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import committed_ids
from semstyle.report.report import Report
from semstyle.report.writing import ReportWriter
from semstyle.storage import Folder, redact


def write_report(out_uri: str, limit: int | None = None, to: Folder | None = None) -> Report:
    """Write ``report/``: its page, data, thumbnails and inputs, and ``claims.md`` when there are claims to judge.

    Nothing else in the folder is written. Of what is there already only what has changed is written again. Contact
    sheets that are there are linked.

    Args:
        limit: How many renders are shown at most, the first in the order of the manifest; totals and claims are of all.
        to: Where ``report/`` is to be, with a copy of the images that it shows; the run's own folder by default.

    Raises:
        StorageError: when the run cannot be read, or the report not written.
        FarmError: when no run has been there, or a record is damaged.
    """
    folder = Folder(out_uri)
    require_run(folder)
    with ReportWriter(folder, to, limit) as writer:
        return writer.write()


def require_run(folder: Folder) -> None:
    """Raise :class:`FarmError` when nothing was ever run here: a misspelt name would become a folder."""
    if read_job(folder) is None and next(committed_ids(folder), None) is None:
        raise FarmError(f"{redact(folder.uri)}: no run here; start one with `semstyle run`")

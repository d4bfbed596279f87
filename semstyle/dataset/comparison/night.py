"""A night as it is compared: its renders, its failures, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.dataset.comparison.failures import FailedRow, read_failed_rows
from semstyle.dataset.comparison.provenance import PROVENANCE, CountedFacts, job_origins
from semstyle.dataset.comparison.rendered import READ, Rendered, RenderedReader
from semstyle.errors import InputError
from semstyle.farm.errors import FarmError
from semstyle.report.page import require_run
from semstyle.report.results import read_results
from semstyle.storage import Folder, one_line, redact


@dataclass(frozen=True)
class Night:
    """An output folder, read.

    Attributes:
        renders: Its finished renders, in the order of their ids.
        failures: The rows that failed and have no render.
    """

    folder: Folder
    renders: Sequence[Rendered]
    failures: Sequence[FailedRow]
    origins: CountedFacts


def read_night(uri: str) -> Night:
    """Read an output folder, from ``results/`` and from the records that are not in it.

    Raises:
        FarmError: when no run has been there, or a record is damaged.
        InputError: when nothing there is rendered.
        StorageError: when it cannot be read.
    """
    folder = Folder(uri)
    require_run(folder)
    reader, origins = RenderedReader(), CountedFacts()
    renders: dict[str, Rendered] = {}
    for result in read_results(folder, list(dict.fromkeys((*READ, *PROVENANCE)))):
        try:
            renders[result["render_id"]] = reader.rendered(result)
            origins.add(result)
        except (AttributeError, KeyError, TypeError, ValueError):  # columns of other types than ours
            name = one_line(str(result["render_id"]))
            raise FarmError(f"{redact(folder.uri)}: the record of {name} is not one of semstyle's") from None
    if not renders:
        raise InputError(f"{redact(folder.uri)}: no finished render is there, so nothing can be compared")
    origins.update(job_origins(folder))
    failures = read_failed_rows(folder, renders)
    return Night(folder, [renders[render_id] for render_id in sorted(renders)], failures, origins)

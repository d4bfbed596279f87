"""The rows that failed, with their messages and attempts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.failures import Failure
from semstyle.farm.output.layout import failed_ids, failure_path
from semstyle.report.data.kept import WrittenFiles, page_name
from semstyle.report.data.script import data_script, digest_of
from semstyle.storage import Folder, StorageError, redact

FAILURES_EACH = 1_000
MOST_FAILURES = 10_000
"""So many are shown; all are counted."""
LONGEST_TRACEBACK = 4_000


def write_failures(folder: Folder, files: WrittenFiles) -> dict[str, Any]:
    """Write the pages of failures; returns what the page is told of them."""
    failed = sorted(failed_ids(folder))
    classes: dict[str, int] = {}
    pages = []
    found = read_failures(folder, failed[:MOST_FAILURES])
    number = 0
    while batch := list(islice(found, FAILURES_EACH)):
        for failure in batch:
            kind = str(failure.failure_class)
            classes[kind] = classes.get(kind, 0) + 1
        content = data_script("failures", number, {"failures": [as_dict(failure) for failure in batch]})
        name, digest = page_name("failures", number), digest_of(content)
        files.write(name, digest, content)
        pages.append({"file": name, "count": len(batch), "digest": digest})
        number += 1
    return {"total": len(failed), "pages": pages, "classes": dict(sorted(classes.items()))}


def read_failures(folder: Folder, render_ids: Sequence[str]) -> Iterator[Failure]:
    """Yield the failures of ``render_ids``, in order; one that cannot be read is left out."""

    def read(render_id: str) -> Failure | None:
        try:
            return Failure.model_validate_json(folder.read(failure_path(render_id)))
        except (StorageError, ValueError):
            return None

    return (failure for failure in in_order(read, render_ids) if failure is not None)


def as_dict(failure: Failure) -> dict[str, Any]:
    """Return a failure as the page shows it, without passwords, whoever has written it."""
    return {
        "render_id": failure.render_id,
        "class": str(failure.failure_class),
        "message": redact(failure.message),
        "label": "",
        "manifest_file": redact(failure.file),
        "manifest_row": failure.row,
        "tags": {},
        "failed_at": failure.failed_at.isoformat(),
        "attempts": [
            {
                "outcome": attempt.outcome,
                "node": attempt.node,
                "started_at": attempt.started_at.isoformat(),
                "seconds": attempt.seconds,
                "error": redact(attempt.error),
            }
            for attempt in failure.attempts
        ],
        "traceback": redact(failure.traceback[-LONGEST_TRACEBACK:]),
    }

"""The first data file of a report, ``run.js``: how the run is doing, its columns, its pages and the paper's claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from semstyle import __version__
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.status import ENDED, Status, read_status
from semstyle.farm.output.aggregate import Summary
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import SUMMARY
from semstyle.report.claim import Claim, SideBySide
from semstyle.report.data.column import Column
from semstyle.report.data.details import DETAILS_EACH, PreviewPhases, plain, preview_url
from semstyle.report.data.lost import lost_ids
from semstyle.report.data.renders import columns_digest
from semstyle.report.data.totals import Totals
from semstyle.report.data.traces import TRACES_EACH
from semstyle.storage import Folder, StorageError, redact

FORMAT = 1
MADE_WITH = ("semstyle_version", "semstyle_commit", "torch_version", "ray_version", "python_version", "driver_version")


def status_of(folder: Folder) -> Status | None:
    try:
        return read_status(folder.uri)
    except (StorageError, FarmError):
        return None


def summary_of(folder: Folder) -> Summary | None:
    try:
        return Summary.model_validate_json(folder.read(SUMMARY))
    except (StorageError, ValidationError):
        return None


def head(
    folder: Folder,
    renders: int,
    totals: Totals,
    columns: Sequence[Column],
    pages: Sequence[dict[str, Any]],
    failures: dict[str, Any],
    claims: Sequence[Claim],
    sheets: Sequence[str],
    previews: PreviewPhases,
) -> dict[str, Any]:
    """Return what the page is told of the whole run.

    Args:
        renders: How many renders the report has.
        totals: Sums over all renders.
        previews: Which phases of which renders have a preview.
    """
    job, status = read_job(folder), status_of(folder)
    lost, lost_count = lost_ids(folder, summary_of(folder))
    out = redact(folder.uri)
    return {
        "format": FORMAT,
        "version": __version__,
        "key": job.runs[0].run_id if job and job.runs else out,
        "out": out,
        "name": out.rstrip("/").rpartition("/")[2],
        "manifest": redact(job.manifest) if job else None,
        "state": status.state if status else "unknown",
        "updated_at": status.updated_at.isoformat() if status else None,
        "counts": counts(renders, totals, failures, status, lost_count),
        "lost": [redact(render_id) for render_id in lost],
        **progress(status, previews),
        "nodes": nodes(totals, status),
        "times": totals.times,
        "provenance": {name: totals.values(name) for name in MADE_WITH},
        "runs": [plain_run(run.model_dump(mode="json")) for run in job.runs] if job else [],
        "columns_digest": columns_digest(columns),
        "columns": [column.as_dict() for column in columns],
        "pages": list(pages),
        "traces_each": TRACES_EACH,
        "details_each": DETAILS_EACH,
        "failures": failures,
        "claims": [claim_of(claim) for claim in claims],
        "contact_sheets": list(sheets),
        "metrics": totals.metrics,
    }


def counts(renders: int, totals: Totals, failures: dict[str, Any], status: Status | None, lost: int) -> dict[str, int]:
    told = status.model_dump() if status else {}
    return {
        "rows": told.get("renders", totals.count),
        "renders": totals.count,
        "shown": renders,
        "rendered": told.get("rendered", totals.count),
        "skipped": told.get("skipped", 0),
        "failed": failures["total"],
        "failed_before": told.get("failed_before", 0),
        "left": told.get("left", 0),
        "retries": told.get("retries", 0),
        "lost": lost,
    }


def progress(status: Status | None, previews: PreviewPhases) -> dict[str, Any]:
    """Return how a run that goes on is doing."""
    if status is None or status.state in ENDED:
        return {"rate": None, "eta_seconds": None, "in_flight": [], "last_failures": []}
    return {
        "rate": status.per_minute,
        "eta_seconds": status.eta_seconds,
        "in_flight": [in_flight(flight.model_dump(mode="json"), previews) for flight in status.in_flight],
        "last_failures": [
            {"render_id": failure.render_id, "class": str(failure.failure_class), "message": redact(failure.message)}
            for failure in status.last_failures
        ],
    }


def in_flight(told: dict[str, Any], previews: PreviewPhases) -> dict[str, Any]:
    """Return an attempt that has begun, with what the worker has said of it, if anything."""
    names = ("render_id", "attempt", "node", "seconds", "phase", "loss", "evaluation", "evaluations")
    known = {name: plain(told.get(name)) for name in names}
    phases = previews.get(told["render_id"])
    preview = preview_url(told["render_id"], phases[-1]) if phases else None
    return {"label": known["render_id"], "preview": preview, "losses": told.get("losses") or {}, **known}


def nodes(totals: Totals, status: Status | None) -> list[dict[str, Any]]:
    avoided = {node.node for node in status.avoided_nodes} if status else set()
    return [{**node, "avoided": node["name"] in avoided} for node in totals.nodes]


def plain_run(run: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in run.items()}


def claim_of(claim: Claim) -> dict[str, Any]:
    return {
        "statement": claim.statement,
        "test": claim.test,
        "verdict": claim.verdict,
        "count": claim.count,
        "header": list(claim.header),
        "rows": [[plain(cell) for cell in row] for row in claim.rows],
        "comparisons": [comparison_of(shown) for shown in claim.shown],
    }


def comparison_of(shown: SideBySide) -> dict[str, Any]:
    renders = [
        {"render_id": sample.render_id, "label": label}
        for sample, label in zip(shown.samples, shown.labels, strict=True)
    ]
    return {"title": redact(shown.title), "held": shown.held, "renders": renders}

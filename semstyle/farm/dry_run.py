"""Finding out what a run would do, with nothing written and no Ray started."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from semstyle.farm.driver.cluster import LOCAL, check_address, cluster_address
from semstyle.farm.options import RunOptions
from semstyle.farm.output.job import forced, read_job
from semstyle.farm.output.layout import failed_ids, finished_ids
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.preflight import check_inputs
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.rows.renewal import Renewal
from semstyle.farm.rows.retrial import Retrial
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import BadRow
from semstyle.storage import Folder, redact, resolve

MOST_NAMED = 20


class DryRun(BaseModel):
    """What would become of a manifest's rows; see :class:`semstyle.farm.rows.plan.Tally`.

    Attributes:
        to_render: Rows that would be handed out; no more than the run's limit.
        invalid: Rows that would be set aside at once; ``problems`` has the first of them, a line each.
        cpu_seconds: What one CPU would take for them, as far as the rows say; `semstyle plan` says more.
        first: Ids of the rows that would be handed out first.
    """

    manifest: str
    out: str
    rows: int
    duplicates: int
    skipped: int
    failed_before: int
    to_render: int
    invalid: int
    cpu_seconds: float = 0.0
    first: list[str]
    problems: list[str]


def dry_run(manifest_uri: str, out_uri: str, options: RunOptions) -> DryRun:
    """Go through a manifest as :func:`semstyle.farm.run.run_manifest` would.

    Raises:
        SemstyleError: whatever would keep the run from beginning, except for the cluster.
    """
    check_address(cluster_address(options.address))
    manifest_uri = resolve(manifest_uri, str(Path.cwd()))
    source = ManifestSource(manifest_uri, options.part, options.choice)
    tally = Tally(rows=source.count(), limit=options.limit)
    folder = Folder(out_uri)
    check_inputs(manifest_uri, options.allow_uri, cluster_address(options.address) == LOCAL, options.choice)
    ledger = Ledger(finished_ids(folder), failed_ids(folder))
    to_render, cpu_seconds = 0, 0.0
    first: list[str] = []
    problems: list[str] = []
    job = read_job(folder)
    renewal = Renewal(folder, ledger, options, forced(job.runs) if job else frozenset())
    retrial = Retrial(folder, options.retried_classes)
    for row in pending(source.rows(), ledger, tally, options.retries_all, renewal, retrial):
        if isinstance(row, BadRow):
            tally.failed += 1
            problems += [str(row)] if len(problems) < MOST_NAMED else []
        else:
            to_render += 1
            cpu_seconds += tally.workload.estimated(row)
            first += [row.render_id] if len(first) < MOST_NAMED else []
        tally.workload.drop(row.render_id)
    return DryRun(
        manifest=redact(manifest_uri),
        out=redact(folder.uri),
        rows=tally.rows,
        duplicates=tally.duplicates,
        skipped=tally.skipped,
        failed_before=tally.failed_before,
        to_render=to_render,
        invalid=tally.failed,
        cpu_seconds=round(cpu_seconds, 1),
        first=first,
        problems=problems,
    )

"""A whole run: from a manifest's URI to a finished output folder."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from semstyle.errors import SemstyleError
from semstyle.farm.attempt import Assignment
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.autoscaling.capacity import Capacity
from semstyle.farm.driver.autoscaling.worth import Worth
from semstyle.farm.driver.cluster import LOCAL, check_address, cluster_address, connected
from semstyle.farm.driver.headway_reader import HeadwayReader
from semstyle.farm.driver.lost import find_lost
from semstyle.farm.driver.outage import PROBE, Outage
from semstyle.farm.driver.queue import Queue
from semstyle.farm.driver.stop import StopRequest
from semstyle.farm.driver.wishes import Wishes
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.notice import Notices
from semstyle.farm.monitor.progress import RunProgress
from semstyle.farm.monitor.reporter import Reporter
from semstyle.farm.monitor.shards import ShardHeartbeat
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import Heartbeat, State, Status
from semstyle.farm.options import RunOptions
from semstyle.farm.output.aggregate import aggregate
from semstyle.farm.output.failures import Quarantine, release_committed
from semstyle.farm.output.job import Job, begin_job, end_job, forced
from semstyle.farm.output.layout import IMAGES, RESULTS, checkpoint_ids, failed_ids, finished_ids
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.preflight import named_inputs, require_inputs
from semstyle.farm.rows.changes import Changes, find_changes
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.rows.renewal import Renewal
from semstyle.farm.rows.retrial import Retrial
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import Row
from semstyle.storage import AllowList, Folder, StorageError, patient, redact, require_conditional_writes, resolve

if TYPE_CHECKING:
    from semstyle.farm.driver.fleet import Perform

FINISHED, FAILURES, STOPPED = 0, 3, 130
STORAGE_OUTAGE_SECONDS = 2 * 3600.0
"""How long a run waits for storage that does not answer; then it ends with an error, and can be continued."""


class RunSummary(BaseModel):
    """How a run ended, and where its images and results are.

    Attributes:
        lost: Renders of this run or an earlier one that are gone by its end; the same command renders them again.
        results: Where the tables are; None when none were made. Of several drivers on shards, the last to end makes
            them.
        manifest_changed: Whether the run before into this folder had other rows.
        changes: Inputs that have changed since an earlier run rendered them; empty unless ``results/`` was written.
    """

    status: Status
    seconds: float
    lost: int
    out: str
    images: str
    results: str | None
    manifest_changed: bool
    changes: Changes = Changes()

    @property
    def exit_code(self) -> int:
        """0 all rendered, 3 finished with failures or with renders lost, 130 stopped."""
        if self.status.state == "stopped":
            return STOPPED
        return FAILURES if self.status.failed or self.status.failed_before or self.lost else FINISHED


@dataclass(frozen=True)
class Work:
    """What a run works on.

    Attributes:
        folder: The folder that its renders go to.
        job: The folder's job; the last of its runs is this one.
    """

    source: ManifestSource
    folder: Folder
    options: RunOptions
    job: Job

    @property
    def run_id(self) -> str:
        return self.job.runs[-1].run_id


def run_manifest(
    manifest_uri: str,
    out_uri: str,
    options: RunOptions | None = None,
    *,
    progress: RunProgress | None = None,
    perform: Perform | None = None,
    notices: Notices | None = None,
) -> RunSummary:
    """Render what a manifest asks for and ``out_uri`` does not have yet, on Ray.

    Args:
        progress: Shows how it goes.
        perform: What a task does; :func:`semstyle.farm.worker.task.perform` when None.
        notices: Tells people of the first failure and of the end.

    Raises:
        ManifestError: the manifest is not one.
        StorageError: the manifest cannot be read, or the output folder cannot be written.
        FarmError: the cluster cannot be reached, or cannot run this.
    """
    options = options or RunOptions()
    begun = time.monotonic()
    address = cluster_address(options.address)
    check_address(address)
    manifest_uri = resolve(manifest_uri, str(Path.cwd()))
    source = ManifestSource(manifest_uri, options.part, options.choice)
    tally = Tally(rows=source.count(), limit=options.limit)
    named = named_inputs(manifest_uri, options.choice)
    folder = Folder(out_uri)
    job = begin_job(folder, manifest_uri, options)
    work = Work(source, folder, options, job)
    journal = Journal(work.run_id, notices=notices)
    journal.run_started(job.manifest, redact(folder.uri), tally.rows)
    heartbeat = ShardHeartbeat(folder, options.part) if options.shard else Heartbeat(folder)
    changes: Changes | None = None
    reporter = Reporter(work.run_id, job.manifest, tally, journal, heartbeat, progress)
    with contextlib.closing(heartbeat), reporter.beating():
        reporter.enter("starting")
        try:
            require_conditional_writes(folder, f"{PROBE}{work.run_id}")
            require_inputs(named, options.allow_uri, address == LOCAL)
            with patient(STORAGE_OUTAGE_SECONDS, reporter.hear):
                ledger = Ledger(finished_ids(folder), failed_ids(folder))
                accounts = Accounts(tally, ledger, journal, Quarantine(folder, work.run_id, ledger))
                with contextlib.closing(accounts.quarantine):
                    ended = render_all(work, accounts, reporter, perform)
                if ended == "stopped":
                    note_end(folder, job, ended)
                else:
                    changes = gather(work, accounts, reporter, heartbeat)
                    end_job(folder, job, ended)
        except KeyboardInterrupt:
            journal.run_ended(reporter.enter("stopped"))
            note_end(folder, job, "stopped")
            raise
        except Exception as error:
            message = str(error) if isinstance(error, SemstyleError) else type(error).__name__
            journal.run_ended(reporter.enter("failed", message))
            note_end(folder, job, "failed")
            raise
        status = reporter.enter(ended)
        journal.run_ended(status)
    return RunSummary(
        status=status,
        seconds=round(time.monotonic() - begun, 1),
        lost=status.lost,
        out=redact(folder.uri),
        images=redact(folder.location(IMAGES)),
        results=None if changes is None else redact(folder.location(RESULTS)),
        manifest_changed=job.manifest_changed,
        changes=changes or Changes(),
    )


def note_end(folder: Folder, job: Job, state: State) -> None:
    """Note in ``job.json`` how a run was cut short, if storage takes it at once; storage itself may be the cause."""
    with contextlib.suppress(StorageError):
        end_job(folder, job, state)


def render_all(work: Work, accounts: Accounts, reporter: Reporter, perform: Perform | None) -> State:
    """Drive the rows that are still to be rendered through Ray; without any, Ray is not started."""
    folder, options, tally = work.folder, work.options, accounts.tally
    renewal = Renewal(folder, accounts.ledger, options, forced(work.job.runs[:-1]))
    retrial = Retrial(folder, options.retried_classes)
    rows = pending(work.source.rows(), accounts.ledger, tally, options.retries_all, renewal, retrial)
    first = next(rows, None)
    if first is None:
        return "finished"
    outage = Outage(folder, accounts.journal)
    with (
        contextlib.closing(outage),
        connected(options.address, accounts.journal.node_lost) as cluster,
        contextlib.closing(Capacity(work.run_id, cluster.can_grow)) as capacity,
    ):
        # Not before, as these import Ray: `connected` first sees to its environment.
        from semstyle.farm.driver.bad_nodes import BadNodes
        from semstyle.farm.driver.driver import Driver
        from semstyle.farm.driver.fleet import Fleet
        from semstyle.farm.monitor.meters import Meters
        from semstyle.farm.worker.task import perform as render_one

        worth = Worth(accounts, options)
        demand = cluster.demand(options, tally.left, lambda demand: capacity.want(demand, worth.follow(demand)))
        meters = Meters(work.run_id)
        accounts = replace(accounts, journal=replace(accounts.journal, meters=meters))
        half_done = set(checkpoint_ids(folder))

        def assign(row: Row) -> Assignment:
            renewal.begin(row)
            return Assignment(
                row,
                folder.uri,
                work.run_id,
                demand,
                options.allow_uri,
                checkpoint_after=options.checkpoint_after,
                may_resume=row.render_id in half_done,
                allow_torchscript=options.allow_torchscript,
                preview=options.preview,
            )

        queue = Queue(chain([first], rows), assign)
        bad_nodes = BadNodes(accounts.journal)
        fleet = Fleet(cluster, demand, perform or render_one, bad_nodes)
        stop = StopRequest(options.grace)
        wishes = Wishes(folder, accounts.journal, stop)
        headway = HeadwayReader(work.run_id)

        def report(snapshot: Snapshot) -> None:
            meters.show(reporter.report(headway.add_to(snapshot)))

        driver = Driver(queue, fleet, bad_nodes, accounts, outage, wishes, stop, capacity, options, report)
        try:
            with stop, contextlib.closing(wishes), contextlib.closing(headway):
                wishes.wait()
                driver.run()
        except StorageError:
            if stop.asked:  # which ended the wait for storage
                raise KeyboardInterrupt from None
            raise
    if not tally.left:
        return "finished"
    return "failed" if driver.has_too_many_failures else "stopped"


def gather(work: Work, accounts: Accounts, reporter: Reporter, heartbeat: Heartbeat) -> Changes | None:
    """Write the tables of all renders, and see what is lost and what has changed.

    Returns:
        The inputs that have changed, or None when there are no tables: they are not wanted, or another driver of the
        same manifest is still at work.
    """
    folder, options = work.folder, work.options
    look = partial(find_lost, folder, accounts)
    if options.aggregate:
        reporter.enter("aggregating")
    if not (options.aggregate and heartbeat.is_last()):
        look()
        return None
    release_committed(folder)
    parts = aggregate(folder.uri, lambda gone: look(gone) + heartbeat.lost_elsewhere()).results
    return find_changes(folder, parts, accounts.ledger, work.run_id, AllowList(options.allow_uri))

"""The distributed run: a manifest's rows as Ray tasks, every result committed to storage.

Ray is imported when a run starts and not before, so that reading a run's status need not wait for it.
"""

from semstyle.farm.monitor.status import Status, read_status
from semstyle.farm.options import RunOptions
from semstyle.farm.output.aggregate import aggregate
from semstyle.farm.repair import Repair, repair
from semstyle.farm.run import RunSummary, run_manifest
from semstyle.farm.verify import Verification, verify

__all__ = [
    "Repair",
    "RunOptions",
    "RunSummary",
    "Status",
    "Verification",
    "aggregate",
    "read_status",
    "repair",
    "run_manifest",
    "verify",
]

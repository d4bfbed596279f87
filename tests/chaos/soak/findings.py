"""What a soak has found out: a line each, with its figure and its limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from lives import Life, Quantity, Slope, slope_of
from status_truth import RULES, Story, oldest_while_alive, seconds_to_silence

from semstyle.counted import counted


@dataclass(frozen=True)
class Finding:
    """One line of the verdict.

    Attributes:
        figure: What was measured, in words.
        limit: What it has to be, in words; nothing where it is only told.
        holds: Whether it is; None where it is only told.
    """

    name: str
    figure: str
    limit: str = ""
    holds: bool | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Growth:
    """A limit to what may grow with renders.

    Attributes:
        kind: Of the processes.
        quantity, unit: What is looked at.
        most: The most that it may grow for each 1,000 renders; None where it is only told.
        warm_up: So many first renders of a process do not count.
        enough: So many a process has to see after these.
    """

    name: str
    kind: str
    quantity: Quantity
    unit: str
    most: float | None
    warm_up: int
    enough: int

    def finding(self, lives: Iterable[Life], must_be_judged: bool) -> Finding:
        """Judge what was sampled; too little of it holds only where it need not be judged."""
        limit = "" if self.most is None else f"≤ {self.most:g} {self.unit}"
        slope = slope_of(lives, self.quantity, self.warm_up, self.enough)
        if slope is None:
            told = f"no process made {self.enough} renders after its first {self.warm_up}: too short to judge"
            return Finding(self.name, told, limit, None if self.most is None or not must_be_judged else False)
        holds = None if self.most is None else slope.per_thousand <= self.most
        return Finding(self.name, described(slope, self.unit), limit, holds)


def described(slope: Slope, unit: str) -> str:
    lives, renders = counted(slope.lives, "process", "processes"), counted(slope.renders, "render")
    where = f"{lives}, {renders}; the longest, {slope.longest:,}"
    return f"{slope.per_thousand:+.3g} {unit} ({where}: {slope.low:+.2g} to {slope.high:+.2g})"


DRIVER_WARM_UP, DRIVER_ENOUGH = 2000, 1000
"""Before so many renders Ray fills what it keeps of the last tasks, and threads that write failures are started."""
WORKER_WARM_UP, WORKER_ENOUGH = 150, 200
PER_THOUSAND, HANDLES, THREADS = "MiB per 1,000 renders", "handles per 1,000 renders", "threads per 1,000 renders"

GROWTHS = (
    Growth("driver's memory", "driver", lambda at: at.memory, PER_THOUSAND, 2.0, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("driver's handles", "driver", lambda at: at.handles, HANDLES, 0.5, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("driver's threads", "driver", lambda at: at.threads, THREADS, 0.5, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("workers' memory", "worker", lambda at: at.memory, PER_THOUSAND, 10.0, WORKER_WARM_UP, WORKER_ENOUGH),
    Growth("workers' handles", "worker", lambda at: at.handles, HANDLES, 2.0, WORKER_WARM_UP, WORKER_ENOUGH),
    Growth("workers' threads", "worker", lambda at: at.threads, THREADS, 2.0, WORKER_WARM_UP, WORKER_ENOUGH),
    Growth("report's memory", "report", lambda at: at.memory, PER_THOUSAND, None, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("raylets' memory", "raylet", lambda at: at.memory, PER_THOUSAND, None, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("GCS's memory", "gcs", lambda at: at.memory, PER_THOUSAND, None, DRIVER_WARM_UP, DRIVER_ENOUGH),
    Growth("S3 server's memory", "store", lambda at: at.memory, PER_THOUSAND, None, DRIVER_WARM_UP, DRIVER_ENOUGH),
)


def status_findings(story: Story) -> list[Finding]:
    """Return a finding for each rule of the status, with the first lie where there is one."""
    looks = f"{len(story.seen):,} statuses, {len(story.listings):,} listings"
    found = []
    for name, rule in RULES.items():
        lies = list(rule(story))
        figure = f"{len(lies):,} untrue in {looks}" + (f"; the first: {lies[0]}" if lies else "")
        found.append(Finding(f"status {name}", figure, "0 untrue", not lies and bool(story.seen)))
    silences = ", ".join(f"{seconds:.0f} s" for seconds in seconds_to_silence(story)) or "not waited for"
    ages = f"{oldest_while_alive(story):.0f} s at most while a driver lived; silent after its death: {silences}"
    return [*found, Finding("heartbeat's age", ages)]


def nothing_of(name: str, found: Sequence[str], what: str) -> Finding:
    """Return a finding that holds when nothing was found, and else names the first few."""
    figure = f"{len(found):,} {what}" + (f": {', '.join(map(str, found[:3]))}" if found else "")
    return Finding(name, figure, "0", not found)

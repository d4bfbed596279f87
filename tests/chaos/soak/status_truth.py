"""Whether what a run's status said was true at each moment that somebody looked, judged by what was in the bucket."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from soak_store import Listing

from semstyle.farm.monitor.status import ENDED, HEARTBEAT_SECONDS, SILENCE_SECONDS, Status

AT_WORK = {"running", "paused", "stopping"}
START_SECONDS = 60.0
"""A driver has its first status stored by then, on a busy machine too."""
FAILURE_SECONDS = 30.0
"""A failure is counted when it is handed to the threads that write it; by then it is stored, through a store that
stumbles, too."""
PAUSE_SECONDS = 15.0
"""By then a pause is heard (3 s), told (3 s), and what was in flight has ended."""
SILENCE_SLACK = HEARTBEAT_SECONDS + 5.0


@dataclass(frozen=True)
class Seen:
    """A status that somebody read, at ``at`` (seconds since 1970), and whether it then said to be silent."""

    at: float
    status: Status
    is_silent: bool

    @property
    def told_at(self) -> float:
        return self.status.updated_at.timestamp()

    @property
    def settled(self) -> int:
        """Rows that it says have a record."""
        return self.status.skipped + self.status.rendered

    @property
    def under_way(self) -> int:
        """Rows that may have a record which the driver has not heard of: they are with Ray, or wait for another try."""
        return self.status.running + self.status.queued + self.status.waiting


@dataclass
class DriverLife:
    """When a driver was started, when it ended, and whether it was killed."""

    started_at: float
    ended_at: float = float("inf")
    is_killed: bool = False


@dataclass
class Story:
    """All that was seen of a soak's status.

    Attributes:
        places: How many renders the cluster has room for at most.
        pauses: From when to when the run was asked to pause.
    """

    places: int
    seen: list[Seen] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    drivers: list[DriverLife] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)

    def driver_at(self, moment: float) -> DriverLife | None:
        """The driver that was started last before ``moment``."""
        started = [driver for driver in self.drivers if driver.started_at <= moment]
        return started[-1] if started else None

    def listing_after(self, moment: float) -> Listing | None:
        at = bisect_left(self.listings, moment, key=lambda listing: listing.begun)
        return self.listings[at] if at < len(self.listings) else None

    def listing_before(self, moment: float) -> Listing | None:
        at = bisect_right(self.listings, moment, key=lambda listing: listing.ended)
        return self.listings[at - 1] if at else None


def sums(story: Story) -> Iterator[str]:
    """Rendered, failed and left are all rows."""
    for seen in story.seen:
        status = seen.status
        if status.done + status.left != status.renders:
            yield f"{status.done} done and {status.left} left are not {status.renders}"


def claims(story: Story) -> Iterator[str]:
    """What it says is rendered or failed is there."""
    for seen in story.seen:
        after = story.listing_after(seen.told_at)
        if after and seen.settled > after.records:
            yield f"{seen.settled} said to be rendered, {after.records} records listed afterwards"
        after = story.listing_after(seen.told_at + FAILURE_SECONDS)
        failed = seen.status.failed + seen.status.failed_before
        if after and failed > after.failures:
            yield f"{failed} said to have failed, {after.failures} failures listed {FAILURE_SECONDS:g} s afterwards"


def omissions(story: Story) -> Iterator[str]:
    """What is there it counts as rendered or failed, or else as under way."""
    for seen in story.seen:
        before = story.listing_before(seen.told_at)
        if not before or seen.status.state not in AT_WORK:
            continue
        # Workers of a driver that was killed may have committed what this one has still to come to.
        known = seen.status.done + seen.under_way + story.places
        if before.records + before.failures > known:
            there = f"{before.records} records and {before.failures} failures"
            yield f"{there} listed before, {seen.status.done} said to be done and {seen.under_way} under way"


def monotony(story: Story) -> Iterator[str]:
    """Within a run nothing goes backwards, and a run that has been followed by another says nothing any more."""
    ordered = sorted(story.seen, key=lambda seen: seen.told_at)
    for one, other in pairwise(ordered):
        if one.status.run_id != other.status.run_id:
            continue
        if other.status.done < one.status.done or other.status.rendered < one.status.rendered:
            yield f"done went from {one.status.done} to {other.status.done}"
    runs = [seen.status.run_id for seen in ordered]
    changes = sum(one != other for one, other in pairwise(runs))
    if runs and changes != len(set(runs)) - 1:
        yield f"{len(set(runs))} runs changed places {changes} times"


def heartbeats(story: Story) -> Iterator[str]:
    """While a driver lives its status is its own and not silent; a minute after it was killed it is."""
    for seen in story.seen:
        driver = story.driver_at(seen.at)
        if driver is None:
            continue
        age = seen.at - seen.told_at
        is_own = seen.status.started_at.timestamp() >= driver.started_at
        if seen.at < driver.ended_at:
            if not is_own and seen.at > driver.started_at + START_SECONDS:
                yield f"{seen.at - driver.started_at:.0f} s after a driver was started, another's status is there"
            if is_own and seen.is_silent:
                yield f"silent for {age:.0f} s while the driver lived"
        elif driver.is_killed:
            since = seen.at - driver.ended_at
            if seen.status.state in ENDED:
                yield f"{seen.status.state}, and the driver was killed"
            elif since > SILENCE_SECONDS + SILENCE_SLACK and not seen.is_silent:
                yield f"not silent {since:.0f} s after the driver was killed"


def pauses(story: Story) -> Iterator[str]:
    """While it is paused it says so, and nothing new is rendered."""
    for begun, ended in story.pauses:
        within = [seen for seen in story.seen if begun + PAUSE_SECONDS < seen.told_at < ended]
        for seen in within:
            if seen.status.state != "paused" or seen.status.running:
                yield f"{seen.status.state}, {seen.status.running} running, {seen.told_at - begun:.0f} s into a pause"
        listed = [one.records for one in story.listings if begun + PAUSE_SECONDS < one.begun and one.ended < ended]
        if listed and max(listed) != min(listed):
            yield f"{max(listed) - min(listed)} records came while it was paused"


def endings(story: Story) -> Iterator[str]:
    """A status that says to have finished has nothing left and counts all that is there."""
    for seen in story.seen:
        status = seen.status
        if status.state == "finished" and (status.left or status.running):
            yield f"finished with {status.left} left and {status.running} running"
        after = story.listing_after(seen.told_at)
        if (
            status.state == "finished"
            and after
            and (after.records, after.failures)
            != (
                seen.settled,
                status.failed + status.failed_before,
            )
        ):
            yield f"finished with {status.done} done, {after.records} records and {after.failures} failures are there"


RULES: dict[str, Callable[[Story], Iterator[str]]] = {
    "adds up": sums,
    "claims nothing that is not there": claims,
    "leaves out nothing that is there": omissions,
    "never goes backwards": monotony,
    "beats while its driver lives, and only then": heartbeats,
    "is paused when it says so": pauses,
    "has finished when it says so": endings,
}


def oldest_while_alive(story: Story) -> float:
    """Return the greatest age in seconds of a living driver's own status."""
    ages = [0.0]
    for seen in story.seen:
        driver = story.driver_at(seen.at)
        is_own = driver is not None and driver.started_at <= seen.status.started_at.timestamp()
        if driver and is_own and seen.at < driver.ended_at and seen.status.state not in ENDED:
            ages.append(seen.at - seen.told_at)
    return max(ages)


def seconds_to_silence(story: Story) -> list[float]:
    """Return for each driver that was killed how long it took until its status was seen to be silent, if it was."""
    found = []
    for number, driver in enumerate(story.drivers):
        following = story.drivers[number + 1].started_at if number + 1 < len(story.drivers) else float("inf")
        moments: Sequence[float] = [
            seen.at for seen in story.seen if driver.ended_at < seen.at < following and seen.is_silent
        ]
        if driver.is_killed and moments:
            found.append(min(moments) - driver.ended_at)
    return found

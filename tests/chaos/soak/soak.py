"""A soak: thousands of tiny renders while workers, nodes, drivers and the store fail, and somebody looks on."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from completeness import Leavings, problems, read_leavings
from findings import GROWTHS, Finding, nothing_of, status_findings
from mishaps import Mishaps
from programs import environment, semstyle
from rerendering import COUNT, differences
from soak_driver import Drivers
from soak_ground import NODES, Ground
from soak_rows import write_manifest
from soak_watch import Watch
from status_truth import SILENCE_SLACK, Seen, Story

from semstyle.farm.monitor.status import SILENCE_SECONDS, Status

PAUSED_SECONDS = 40.0
COMMAND_SECONDS = 120.0
"""How often ``semstyle status`` itself is asked, besides its file."""
COMMAND_PATIENCE = 900
JUDGED_ROWS = 5000
"""A soak of fewer rows need not be long enough for slopes."""
FINISHED_WITH_FAILURES, STOPPED = 3, 130


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        minutes: Most minutes that rows are handed out for; then the run is stopped, and judged by what it has done.
        every: Seconds from one mishap to the next.
    """

    rows: int
    minutes: float
    every: float
    seed: int
    keep: Path


class Soak:
    """One soak on its ground."""

    def __init__(self, order: Order, here: Ground, say: Callable[[str], None]) -> None:
        self._order, self._here, self._say = order, here, say
        self._manifest, self.expected = write_manifest(here.folder, order.rows)
        self.drivers = Drivers(self._manifest, here.bucket.uri, here.machines.address, order.keep)
        self.story = Story(places=NODES + 1, drivers=self.drivers.lives)
        server = here.server.pid
        self.watch = Watch(here.machines, self.drivers, here.bucket, self.story, server)
        self.mishaps = Mishaps(here.machines, here.proxy, self._at_work, order.every, order.seed)
        self.began = time.monotonic()
        self.is_partial = False
        self._asked_at = time.monotonic()
        self._said_at = float("-inf")
        self._events: list[tuple[float, str, Callable[[], None]]] = [
            (0.06, "the driver is killed, and nobody starts it again for a while", self._kill_and_wait),
            (0.12, "the driver is killed and started again", self._kill),
            (0.18, "the run is paused", self._pause),
            (0.25, "the driver is killed while the store stumbles", self._kill_in_a_stumble),
        ]

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def run(self) -> None:
        """Start the run, see it through all that befalls it, and wait for its end."""
        self.drivers.start()
        self.watch.start()
        try:
            while self.drivers.exit_code is None:
                time.sleep(0.2)
                self._look()
            self.drivers.note_end()
            self.rendered_seconds = self.seconds
        finally:
            self.mishaps.be_steady()
            self.mishaps.complete()
            self.drivers.stop()
            for events in self.drivers.events:
                events.look()
            self.watch.stop()
        self.watch.list_bucket()
        self.watch.see_status()
        self.watch.list_bucket()

    def _look(self) -> None:
        done = self.drivers.settled / self.expected.renders
        self._tell(done)
        if self._events and done >= self._events[0][0]:
            _, text, happen = self._events.pop(0)
            self._say(f"{self.seconds:5.0f} s: {text}")
            happen()
        elif done < 1:
            self.mishaps.look()
        else:
            self.mishaps.be_steady()
        if time.monotonic() - self._asked_at > COMMAND_SECONDS:
            self._ask()
        if self.seconds > 60 * self._order.minutes and done < 1 and not self.is_partial:
            self._say(f"{self.seconds:5.0f} s: stopped, as {self._order.minutes:g} minutes are over")
            self.is_partial = True
            self.drivers.stop()

    def _tell(self, done: float) -> None:
        if time.monotonic() - self._said_at > 15:
            self._said_at = time.monotonic()
            state = self.story.seen[-1].status.state if self.story.seen else "–"
            pace = self.drivers.settled / max(self.seconds, 1)
            rows = f"{self.drivers.settled:,} rows ({done:.0%}, {pace:.1f} a second)"
            told = ", ".join(f"{count} × {name}" for name, count in self.mishaps.counts.items())
            self._say(f"{self.seconds:5.0f} s: {state}, {rows}; {told}")

    def _at_work(self) -> list[int]:
        alive = self._here.machines.workers()
        return [pid for pid in list(self.drivers.events[-1].begun) if pid in alive]

    def _kill(self) -> None:
        self.drivers.kill()
        self.drivers.start()

    def _kill_and_wait(self) -> None:
        self.drivers.kill()
        time.sleep(SILENCE_SECONDS + SILENCE_SLACK + 2)
        if "silent" not in self._must("status", self._here.bucket.uri):
            self.watch.troubles.append("semstyle status did not say that the driver was gone")
        self.drivers.start()

    def _kill_in_a_stumble(self) -> None:
        self.mishaps.stumble()
        time.sleep(2)
        self._kill()

    def _pause(self) -> None:
        self.mishaps.be_steady()
        self._must("pause", self._here.bucket.uri)
        begun = time.time()
        time.sleep(PAUSED_SECONDS)
        self.story.pauses.append((begun, time.time()))
        self._must("resume", self._here.bucket.uri)

    def _ask(self) -> None:
        """Ask ``semstyle status`` itself."""
        self._asked_at = time.monotonic()
        status = Status.model_validate_json(self._must("status", self._here.bucket.uri, "--json"))
        self.story.seen.append(Seen(time.time(), status, status.is_silent))

    def _must(self, *arguments: str) -> str:
        done = self._semstyle(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"semstyle {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def _semstyle(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            semstyle(*arguments),
            cwd=self._order.keep,
            env=environment(RAY_AUTH_MODE="disabled", **self._here.environment),
            capture_output=True,
            text=True,
            timeout=COMMAND_PATIENCE,
        )

    def findings(self) -> Iterator[Finding]:
        """Judge everything, while the ground is still there."""
        done, asked = self.story.seen[-1].status.done if self.story.seen else 0, self.expected.renders
        limit = f"{asked:,}" if not self.is_partial else f"what {self._order.minutes:g} minutes are enough for"
        yield Finding("rows settled", f"{done:,} of {asked:,}", limit, done == asked or self.is_partial)
        code, due = self.drivers.exit_code, STOPPED if self.is_partial else FINISHED_WITH_FAILURES
        yield Finding("exit code of the run", f"{code}", f"{due}", code == due)
        left = read_leavings(self._here.bucket, self.is_partial)
        yield nothing_of("each row once", list(problems(left, self.expected)), "problems")
        yield guarded("semstyle verify", self._verified)
        uploads = self._here.bucket.unfinished_uploads()
        yield Finding("unfinished uploads", f"{uploads}", "0", uploads == 0)
        yield from status_findings(self.story)
        yield nothing_of("looks that went wrong", self.watch.troubles, "looks")
        must_be_judged = self._order.rows >= JUDGED_ROWS and not self.is_partial
        for growth in GROWTHS:
            yield growth.finding(self.watch.lives.of(growth.kind), must_be_judged)
        yield guarded("the same image again", lambda: self._same_again(left))

    def _same_again(self, left: Leavings) -> Finding:
        different = differences(self._here, self._manifest, left)
        return nothing_of("the same image again", different, f"of {COUNT} rows have another one")

    def _verified(self) -> Finding:
        verified = json.loads(self._semstyle("verify", self._here.bucket.uri, "--json").stdout)
        found = {kind: count for kind, count in verified["counts"].items() if kind != "missing" or not self.is_partial}
        figure = f"{verified['records']:,} records, {verified['failures']:,} failures, {sum(found.values())} problems"
        return Finding("semstyle verify", figure, "0 problems", not sum(found.values()))


def guarded(name: str, judge: Callable[[], Finding]) -> Finding:
    """Return what ``judge`` returns; when it cannot be made, that is a finding, and the others are not lost."""
    try:
        return judge()
    except Exception as error:
        return Finding(name, f"could not be seen: {type(error).__name__}: {error}", "", False)

"""Soak semstyle: thousands of tiny renders while workers, nodes, drivers and the store fail.

python tests/chaos/soak [--rows 20000] [--minutes 30] [--out out/soak] [--page docs/scale.md]

It prints a line for each finding with its figure and its limit, and writes OUT/soak.json. The exit code is 0 only if
every one holds. All that it starts is on loopback, and ends with it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "cluster"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["RAY_AUTH_MODE"] = "disabled"  # Ray would write a token under the home folder
os.environ["OMP_NUM_THREADS"] = "1"

from findings import Finding, nothing_of
from rich.console import Console
from soak import Order, Soak
from soak_ground import Traces, ground
from soak_report import WIDTH, Report, holdings

from semstyle.interrupts import raise_interrupts

ROWS, MINUTES, SECONDS_BETWEEN = 20_000, 30.0, 20.0
BROKEN, STOPPED = 1, 130


def soaked(order: Order, console: Console) -> tuple[Report, Soak]:
    """Soak, and judge what came of it."""
    traces = Traces([], [], [])
    findings: list[Finding] = []
    with ground(traces, order.seed) as here:
        soak = Soak(order, here, lambda text: console.print(text, highlight=False))
        soak.run()
        console.print(f"{soak.seconds:5.0f} s: the run has ended; now it is judged", highlight=False)
        findings += soak.findings()
        requests = here.proxy.counts
    findings.append(nothing_of("processes left", traces.processes, "left"))
    findings.append(nothing_of("shared memory left", traces.shared_memory, "files in /dev/shm"))
    findings.append(nothing_of("temporary files left", traces.temporary, "files and folders"))
    faults = Counter(soak.mishaps.counts)
    faults["driver killed"] = sum(driver.is_killed for driver in soak.drivers.lives)
    faults["pause"] = len(soak.story.pauses)
    faults.update({f"request answered or cut: {name}": count for name, count in requests.items() if name != "passed"})
    failed = sum((events.failed_attempts for events in soak.drivers.events), Counter[str]())
    report = Report(
        soak.expected.renders,
        soak.story.seen[-1].status.done,
        order.minutes,
        order.seed,
        soak.rendered_seconds,
        dict(faults),
        dict(failed),
        findings,
        holdings(soak.watch.lives, soak.drivers.settled),
    )
    return report, soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the manifest; %(default)s")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="most minutes of rendering; %(default)g")
    parser.add_argument("--every", type=float, default=SECONDS_BETWEEN, help="seconds between mishaps; %(default)g")
    parser.add_argument("--seed", type=int, default=1, help="of the mishaps; %(default)s")
    parser.add_argument("--out", type=Path, default=Path("out/soak"), help="folder of soak.json and logs; %(default)s")
    parser.add_argument("--page", type=Path, help="page with lines between which the figures are written")
    given = parser.parse_args()
    raise_interrupts()
    given.out.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    order = Order(given.rows, given.minutes, given.every, given.seed, given.out.resolve())
    try:
        report, soak = soaked(order, console)
    except KeyboardInterrupt:
        return STOPPED
    report.print(console)
    report.write(given.out, soak.watch.lives)
    if given.page and report.holds:
        report.write_page(given.page)
    console.print(f"{'every finding holds' if report.holds else 'BROKEN'}; {given.out / 'soak.json'} has all figures")
    return 0 if report.holds else BROKEN


if __name__ == "__main__":
    sys.exit(main())

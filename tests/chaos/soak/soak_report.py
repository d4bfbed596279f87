"""What a soak has found out: a table for people, a file for programs, and a part of a page."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from findings import Finding
from lives import Lives
from rich.console import Console
from rich.table import Table

BEGIN, END = "<!-- soak: `make soak` writes what is between these lines -->", "<!-- /soak -->"
WIDTH = 160


@dataclass(frozen=True)
class Report:
    """Everything that is told of a soak.

    Attributes:
        seconds: From the first driver's start to the last one's end.
        faults: What was done to the run, by name.
        failed_attempts: Attempts that failed, by class.
    """

    rows: int
    settled: int
    minutes: float
    seed: int
    seconds: float
    faults: Mapping[str, int]
    failed_attempts: Mapping[str, int]
    findings: Sequence[Finding]
    holdings: Sequence[tuple[str, ...]]

    @property
    def holds(self) -> bool:
        return all(finding.holds is not False for finding in self.findings)

    def write(self, folder: Path, lives: Lives) -> Path:
        """Write ``soak.json`` with all figures and samples."""
        document: dict[str, Any] = {
            **dataclasses.asdict(self),
            "holds": self.holds,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "samples": [
                {
                    "kind": life.kind,
                    "pid": life.pid,
                    "columns": ["at", "renders", "memory", "resident", "handles", "threads", "seconds"],
                    "rows": [
                        [
                            round(sample.at, 1),
                            sample.renders,
                            round(sample.memory, 2),
                            round(sample.resident, 2),
                            sample.handles,
                            sample.threads,
                            sample.seconds,
                        ]
                        for sample in life.samples
                    ],
                    "last_handles": dict(life.samples[-1].kinds),
                }
                for kind in KINDS
                for life in lives.of(kind)
            ],
        }
        path = folder / "soak.json"
        path.write_text(json.dumps(document, indent=1))
        return path

    def print(self, console: Console) -> None:
        table = Table("", "measured", "limit", "", box=None, title=self.title, title_justify="left")
        for finding in self.findings:
            table.add_row(finding.name, finding.figure, finding.limit, said(finding.holds))
        console.print(table)
        held = Table(*HOLDINGS, box=None)
        for row in self.holdings:
            held.add_row(*row)
        console.print(held)
        console.print(f"faults: {listed(self.faults)}")
        console.print(f"attempts that failed: {listed(self.failed_attempts)}")

    @property
    def title(self) -> str:
        rate = self.settled / max(self.seconds, 1)
        return (
            f"soak: {self.settled:,} of {self.rows:,} renders in {self.seconds / 60:.1f} minutes, {rate:.1f} a second"
        )

    def markdown(self) -> str:
        """Return the part of the page."""
        rows = [f"| {f.name} | {f.figure} | {f.limit} | {said(f.holds)} |" for f in self.findings]
        held = [f"| {' | '.join(row)} |" for row in self.holdings]
        return "\n".join(
            [
                f"{self.title[0].upper()}{self.title[1:]}, on {os.cpu_count()} cores ({datetime.now(UTC):%Y-%m-%d}).",
                "",
                f"Faults: {listed(self.faults)}. Attempts that failed for them: {listed(self.failed_attempts)}.",
                "",
                "| | measured | limit | |",
                "|---|---|---|---|",
                *rows,
                "",
                f"| {' | '.join(HOLDINGS)} |",
                f"|{'---|' * len(HOLDINGS)}",
                *held,
            ]
        )

    def write_page(self, page: Path) -> None:
        """Put the part of the page between its two lines.

        Raises:
            ValueError: when the page has no such lines.
        """
        text = page.read_text()
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{page}: there are no lines {BEGIN} and {END}; put them where the figures belong")
        page.write_text(f"{before}{BEGIN}\n{self.markdown()}\n{END}{after}")


KINDS = ("driver", "worker", "report", "raylet", "gcs", "store", "soak")
HOLDINGS = ("process", "lives", "MiB, first and last", "handles, first and last", "CPU, ms a render")


def holdings(lives: Lives, renders: int) -> list[tuple[str, ...]]:
    """Return a row for each kind of process: how many there were, what they held at first and at last, and CPU time.

    What they held are medians; CPU time is that of all of them, their beginnings included, for each of ``renders``.
    """
    found = []
    for kind in KINDS:
        of_kind = [life for life in lives.of(kind) if len(life.samples) > 1]
        if of_kind:
            memory = [median(life.samples[at].memory for life in of_kind) for at in (0, -1)]
            handles = [median(life.samples[at].handles for life in of_kind) for at in (0, -1)]
            texts = (f"{memory[0]:.0f}, {memory[1]:.0f}", f"{handles[0]:.0f}, {handles[1]:.0f}")
            seconds = sum(life.samples[-1].seconds for life in of_kind)
            found.append((kind, f"{len(of_kind)}", *texts, f"{1000 * seconds / max(renders, 1):.1f}"))
    return found


def said(holds: bool | None) -> str:
    return "" if holds is None else "holds" if holds else "BROKEN"


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} × {name}" for name, count in Counter(counts).most_common()) or "none"

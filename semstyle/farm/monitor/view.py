"""How a run is doing, as a terminal shows it: the same for ``run``, for ``submit`` and for ``status --watch``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from semstyle.farm.monitor.status import InFlight, Status
from semstyle.storage import one_line

WITH_BAR, WITH_EVALUATIONS, WITH_NODE, WITH_TERMS = 50, 60, 90, 120
"""From how many columns on there is room for what."""
ADDRESS, LEAST_ID = 15, 8
LEAST_FLIGHTS = 3
MOST_SHARDS = 8
INDENT = (0, 0, 0, 2)


class RunView:
    """A status as it is drawn again and again; it fits itself into the terminal, whatever its size is by then.

    What is in flight takes the lines that are left over. Texts of strangers are shown as they are, but for control
    characters.
    """

    def __init__(self, status: Status) -> None:
        self._status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        status, width = self._status, options.max_width
        yield headline(status, width)
        if said := details(status):
            yield Text(", ".join(said))
        below = list(self._below())
        room = console.size.height - len(below) - 4  # and headings
        if flights := status.in_flight[: max(LEAST_FLIGHTS, room)]:
            yield Padding(flights_table(flights, status, width), INDENT)
            if (more := status.running - len(flights)) > 0:
                yield Padding(Text(f"… and {more:,} more", style="dim"), INDENT)
        yield from below

    def _below(self) -> Iterator[RenderableType]:
        status = self._status
        if status.is_silent:
            since = f"no sign of life since {status.updated_at:%H:%M:%S} UTC; the driver may be gone"
            yield one_row(Text(f"{since}, and the same command continues", style="yellow"))
        if nodes := nodes_line(status):
            yield one_row(Text(nodes, style="dim"))
        for shard in status.shards[:MOST_SHARDS]:
            silent = ", silent" if shard.is_silent else ""
            yield one_row(Text(f"shard {shard.shard} {shard.state}: {shard.done:,} of {shard.renders:,}{silent}"))
        if status.last_failures:
            yield Text("last failures", style="bold")
        for failure in status.last_failures:
            line = f"{safe(failure.render_id)}  {failure.failure_class}: {safe(failure.message)}"
            yield Padding(one_row(Text(line, style="red")), INDENT)


def headline(status: Status, width: int) -> RenderableType:
    """Return "running: 37 of 200" and a bar, if there is room for one."""
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(no_wrap=True)
    cells: list[RenderableType] = [Text(f"{status.state}: {status.done:,} of {status.renders:,}", style="bold")]
    if width >= WITH_BAR and status.renders:
        line.add_column(ratio=1)
        line.add_column(no_wrap=True, justify="right")
        cells += [ProgressBar(status.renders, status.done), Text(f"{100 * status.done // status.renders}%")]
    line.add_row(*cells)
    return line


def flights_table(flights: Iterable[InFlight], status: Status, width: int) -> Table:
    """Return a line for each attempt in flight, with what its worker has told of it."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", expand=False)
    shown = {"phase": 5, **({"evaluation": 10} if width >= WITH_EVALUATIONS else {}), "loss": 9, "time": 7}
    rest = sum(shown.values()) + 2 * len(shown) + (2 + ADDRESS if width >= WITH_NODE else 0)
    table.add_column("in flight", no_wrap=True, overflow="ellipsis", max_width=max(LEAST_ID, width - INDENT[3] - rest))
    for name, columns in shown.items():
        table.add_column(name, no_wrap=True, justify="right", min_width=min(columns, width // 8))
    addresses = {found.node: found.address for found in status.nodes}
    if width >= WITH_NODE:
        table.add_column("node", no_wrap=True, overflow="ellipsis", max_width=ADDRESS)
    if width >= WITH_TERMS:
        table.add_column("of it", no_wrap=True, overflow="ellipsis", style="dim")
    for flight in flights:
        cells = [safe(flight.render_id) + (f" ({flight.attempt}.)" if flight.attempt > 1 else "")]
        cells += [of(flight.phase, flight.phases)]
        cells += [of(flight.evaluation, flight.evaluations)] if width >= WITH_EVALUATIONS else []
        cells += ["–" if flight.loss is None else f"{flight.loss:.4g}", clock(flight.seconds)]
        cells += [safe(addresses.get(flight.node, flight.node[:8]))] if width >= WITH_NODE else []
        cells += [terms(flight)] if width >= WITH_TERMS else []
        table.add_row(*map(Text, cells))
    return table


def terms(flight: InFlight) -> str:
    """Return the terms of a loss such as "content 0.1, style 3_1 2.5"."""
    named = ((safe(name).replace("_loss", "", 1).replace("_", " ", 1), loss) for name, loss in flight.losses.items())
    return ", ".join(f"{name} {loss:.3g}" for name, loss in named)


def nodes_line(status: Status) -> str:
    """Return how many attempts which nodes have begun, where there is more than one, and which are avoided."""
    at_work = ", ".join(f"{safe(found.address)} {found.running}" for found in status.nodes)
    avoided = ", ".join(safe(found.address) for found in status.avoided_nodes)
    parts = [f"nodes: {at_work}"] if len(status.nodes) > 1 else []
    return "; ".join(parts + ([f"avoided: {avoided}"] if avoided else []))


def details(status: Status) -> list[str]:
    """Say what there is to say besides how many renders are done."""
    failed = status.failed + status.failed_before
    parts = ["waiting for storage"] if status.waits_for_storage else []
    parts += [f"{status.running} in flight"] if status.running else []
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{status.lost:,} lost"] if status.lost else []
    parts += [f"{status.retries:,} tried again"] if status.retries else []
    avoided = len(status.avoided_nodes)
    parts += [f"avoids {avoided} node{'' if avoided == 1 else 's'}"] if avoided else []
    parts += [f"{status.per_minute:.1f} a minute"] if status.per_minute else []
    parts += [f"{clock(status.eta_seconds)} left"] if status.eta_seconds else []
    return parts


def of(done: int | None, whole: int | None) -> str:
    return "–" if done is None else f"{done}/{whole}"


def clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


def one_row(text: Text) -> Text:
    """Return ``text`` on a single line of the terminal, which loses its end if it is too long."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def safe(text: str) -> str:
    """Return a text of strangers without what could command a terminal."""
    return one_line(text)

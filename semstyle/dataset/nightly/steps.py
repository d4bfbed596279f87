"""The steps of a night. Each can be cut short anywhere, and is done again without harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semstyle.counted import counted
from semstyle.dataset.comparison import compare_nights, write_page
from semstyle.dataset.export import KnownSplits, export_dataset, read_known_splits
from semstyle.dataset.export.commit import Dataset, read_dataset
from semstyle.dataset.export.export import OWN_PLACE
from semstyle.dataset.nightly.latest import LATEST, move_latest, read_latest
from semstyle.dataset.nightly.order import NightOrder, night_folder
from semstyle.dataset.nightly.removal import remove_entry, remove_old_nights
from semstyle.dataset.nightly.state import AFTER_RENDER, NightState, NightStep, begin_night, write_state
from semstyle.demo.inputs import store_inputs
from semstyle.errors import InputError
from semstyle.farm import RunSummary, run_manifest, verify
from semstyle.manifest import build_manifest, count_rows
from semstyle.report import write_contact_sheets
from semstyle.report.page import write_report
from semstyle.storage import Folder, StorageError, redact

if TYPE_CHECKING:
    from semstyle.farm.driver.fleet import Perform
    from semstyle.farm.monitor.notice import Notices
    from semstyle.farm.monitor.progress import RunProgress

SPEC = "nightly.yaml"
INPUTS = "inputs"
MANIFEST = "manifest.parquet"
COMPARISON = "comparison"
"""Where the page about a night and the one before is."""


def begun_night(order: NightOrder) -> NightAtWork:
    """Begin a night in its folder, or go on with it.

    Raises:
        InputError: when something else is there, or in the place of ``latest``.
        StorageError: when storage gives out.
    """
    latest = read_latest(order.root)
    previous = latest if latest is not None and latest < order.date else None
    return NightAtWork(order, begin_night(order.folder, order.date, previous))


class NightAtWork:
    """A night at work.

    Attributes:
        state: How far it has come.
    """

    def __init__(self, order: NightOrder, state: NightState) -> None:
        self._order, self._root, self._folder = order, order.root, order.folder
        self.state = state

    def plan(self) -> str:
        """Write the manifest, once; the pictures of our own spec go where all nodes can read them."""
        uri = self._folder.location(MANIFEST)
        if not self.state.has_done(NightStep.PLAN) and not self._folder.exists(MANIFEST):
            spec = self._order.spec or store_inputs(Folder(self._root.location(INPUTS)), SPEC)
            build_manifest(spec, uri)
        self._note(NightStep.PLAN)
        return f"{counted(count_rows(uri), 'row')} in {redact(uri)}"

    def render(
        self, progress: RunProgress | None, perform: Perform | None, notices: Notices | None
    ) -> tuple[RunSummary, str]:
        """Render what is not there yet. If that is anything, what was made of the night before is made anew."""
        uri = self._folder.location(MANIFEST)
        summary = run_manifest(
            uri, self._folder.uri, self._order.options, progress=progress, perform=perform, notices=notices
        )
        status = summary.status
        if status.rendered or status.lost or not self.state.has_done(NightStep.RENDER):
            self._outdate()
            if summary.results:
                self._draw()
        failed = status.failed + status.failed_before
        line = f"{status.state}: {status.rendered:,} rendered, {status.skipped:,} there before, {failed:,} failed"
        line += f", {summary.lost:,} lost" if summary.lost else ""
        if is_partial(summary, self._order):
            return summary, f"{line}; others are left, and the same command goes on once they are rendered"
        if status.state == "finished":
            self._note(NightStep.RENDER)
        return summary, f"{line}, in {summary.seconds:.0f} s"

    def verify(self) -> tuple[str, bool]:
        """Check all that is there; returns a line, and whether it is clean."""
        if self.state.has_done(NightStep.VERIFY):
            return "clean, as checked before", True
        found = verify(self._folder.uri, self._folder.location(MANIFEST))
        counts = f"{counted(found.records, 'record')}, {counted(found.failures, 'failure')}"
        if not found.is_good:
            first = redact(str(found.problems[0]))
            return (
                f"{counts}, {counted(found.problem_count, 'problem')}, the first: {first}; `semstyle verify --repair "
                f"{redact(self._folder.uri)}` puts right what can be, and the same command goes on",
                False,
            )
        self._note(NightStep.VERIFY)
        return f"{counts}, clean", True

    def export(self) -> tuple[str, bool]:
        """Make the data set; returns a line, and whether nothing had to be left out of it as damaged."""
        target = self._folder.location(OWN_PLACE)
        if self.state.is_outdated:
            remove_entry(self._folder, OWN_PLACE)
            self._write(self.state.model_copy(update={"is_outdated": False}))
        there = read_dataset(Folder(target)) if self.state.has_done(NightStep.EXPORT) else None
        dataset = there or self._exported(target)
        self._note(NightStep.EXPORT)
        return f"{redact(target)} ({in_words(dataset)})", not dataset.damaged_count

    def compare(self) -> tuple[str, bool]:
        """Compare with the night before, if anything is required; returns a line, and whether all is kept."""
        if self._order.requirements is None:
            return "nothing is required", True
        previous = self.state.previous
        if previous is None:
            return "no night before to compare with", True
        if self.state.has_done(NightStep.COMPARE):
            return f"with {previous}, as found before: all requirements are kept", True
        before = night_folder(self._root, previous)
        found = compare_nights(before.uri, self._folder.uri, requirements=self._order.requirements)
        page = write_page(found, before, self._folder, Folder(self._folder.location(COMPARISON)))
        broken = [verdict for verdict in found.verdicts if verdict.is_broken]
        if broken:
            told = "; ".join(f"{verdict.requirement}: {verdict.told}" for verdict in broken)
            return f"with {previous}: {told}; {LATEST} stays where it is, see {redact(page)}", False
        self._note(NightStep.COMPARE)
        return f"with {previous}: all {len(found.verdicts)} requirements are kept, see {redact(page)}", True

    def move_latest(self) -> str:
        """Let ``latest`` name this night, unless it names a later one."""
        named = move_latest(self._root, self._order.date)
        self._note(NightStep.LATEST)
        place = redact(self._root.location(LATEST))
        return f"{place} names {named}" + ("" if named == self._order.date else ", which is later, and stays so")

    def remove_old(self, keep: int) -> str:
        """Remove old nights."""
        gone = remove_old_nights(self._root, keep, self._order.date)
        self._note(NightStep.REMOVE)
        return f"{', '.join(map(str, gone)) or 'nothing'}; the last {keep:,} complete nights are kept"

    def _exported(self, target: str) -> Dataset:
        known, made_on = self._known_splits(), self._order.date
        return export_dataset(self._folder.uri, target, self._order.export, known=known, made_on=made_on).dataset

    def _known_splits(self) -> KnownSplits | None:
        """Return in which splits the inputs of the night before are, and of those before it."""
        if self.state.previous is None:
            return None
        try:
            return read_known_splits(night_folder(self._root, self.state.previous).location(OWN_PLACE))
        except InputError as error:
            raise InputError(
                f"{redact(self._folder.uri)}: its inputs are to stay in their splits, but {error}; put it back, or "
                f"remove {redact(self._root.location(LATEST))} and this night, to begin anew"
            ) from None

    def _outdate(self) -> None:
        """Note that what was made of this night's renders is of others than are there now."""
        changed = {"is_outdated": self.state.is_outdated or self.state.has_done(NightStep.EXPORT)}
        self._write(self.state.without((NightStep.RENDER, *AFTER_RENDER)).model_copy(update=changed))

    def _draw(self) -> None:
        """Draw contact sheets and report; a night is good without them."""
        try:
            write_contact_sheets(self._folder.uri)
            write_report(self._folder.uri)
        except StorageError:
            return

    def _note(self, step: NightStep) -> None:
        if not self.state.has_done(step):
            self._write(self.state.model_copy(update={"done": [*self.state.done, step]}))

    def _write(self, state: NightState) -> None:
        if state != self.state:
            write_state(self._folder, state)
            self.state = state


def is_partial(summary: RunSummary, order: NightOrder) -> bool:
    """Whether rows are left for another run, as by ``--limit`` or ``--shard``."""
    status = summary.status
    is_shard_of_others = order.options.shard is not None and summary.results is None
    return status.state == "finished" and (status.done < status.renders or is_shard_of_others)


def in_words(dataset: Dataset) -> str:
    splits = ", ".join(f"{name} {split.renders:,}" for name, split in dataset.splits.items())
    left_out = {
        "left out as their inputs are in different splits": dataset.between_splits,
        "left out as damaged": dataset.damaged_count,
    }
    return "; ".join([f"{dataset.format}: {splits}", *(f"{n:,} {why}" for why, n in left_out.items() if n)])

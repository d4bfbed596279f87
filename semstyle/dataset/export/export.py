"""Making a data set of a run, from its folder to ``dataset.json``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from semstyle.dataset.export.card import card_text
from semstyle.dataset.export.commit import CHECKSUMS, DATASET, Dataset
from semstyle.dataset.export.croissant import CROISSANT, croissant_text
from semstyle.dataset.export.options import ExportOptions
from semstyle.dataset.export.part import WrittenPart, noted_part, written_file
from semstyle.dataset.export.plan import ExportPlan, Part, make_plan
from semstyle.dataset.export.sheet import SHEET, sheet_png
from semstyle.dataset.export.whole import Whole, whole_of
from semstyle.dataset.export.workshop import Workshop
from semstyle.dataset.export.writing import write_part
from semstyle.errors import InputError
from semstyle.farm.output.commit import sha256
from semstyle.report.page import require_run
from semstyle.storage import Folder, one_line, redact

CARD = "README.md"
MOST_DAMAGED = 100

Tell = Callable[[Part, WrittenPart], None]
"""Hears of each part that is written, or was written before an interruption."""


@dataclass(frozen=True)
class Exported:
    """A data set in its place.

    Attributes:
        was_there: Whether it was there already, so that nothing was written.
    """

    dataset: Dataset
    was_there: bool


def export_dataset(
    run_uri: str, target_uri: str, options: ExportOptions, tell: Tell = lambda part, written: None
) -> Exported:
    """Make a data set of every finished render of a run whose image is the one that was recorded.

    The same renders and options give the same bytes, also when an export was interrupted and is run again.

    Args:
        target_uri: A folder that is new or empty, or has this very data set.

    Raises:
        InputError: when nothing can be exported, or something else is in the way.
        FarmError: when no run has been there, a record is damaged, or the run goes on meanwhile.
        StorageError: when something cannot be read or written.
    """
    run = Folder(run_uri)
    require_run(run)
    refuse_inside(run, Folder(target_uri))
    workshop = Workshop(target_uri)
    plan = make_plan(run, options, workshop.name)
    if (there := workshop.finished(plan.fingerprint)) is not None:
        return Exported(there, was_there=True)
    made = workshop.begin(plan.fingerprint) or make(run, workshop.folder, plan, tell)
    workshop.publish(made)
    return Exported(made, was_there=False)


def refuse_inside(run: Folder, target: Folder) -> None:
    if f"{target.uri}/".startswith(f"{run.uri}/"):
        raise InputError(f"-o {redact(target.uri)}: this is in the run's own folder; choose another")


def make(run: Folder, to: Folder, plan: ExportPlan, tell: Tell) -> Dataset:
    """Write all files of a data set that are not there yet, ``dataset.json`` last."""
    parts = list(written_parts(run, to, plan, tell))
    if not any(part.renders for part in parts):
        raise InputError(f"{redact(run.uri)}: no image there is the one that was recorded; see `semstyle verify`")
    whole = whole_of(plan, parts)
    documents = {
        CARD: card_text(whole).encode(),
        CROISSANT: croissant_text(whole).encode(),
        SHEET: sheet_png(run, whole),
    }
    for path, data in documents.items():
        to.write(path, data)
    files = sorted(
        (*whole.files, *(written_file(path, data) for path, data in documents.items())), key=lambda f: f.path
    )
    checksums = "".join(f"{file.sha256}  {file.path}\n" for file in files).encode()
    to.write(CHECKSUMS, checksums)
    dataset = dataset_of(whole, len(files), sum(file.size for file in files), sha256(checksums))
    to.write(DATASET, dataset.model_dump_json(indent=2).encode())
    return dataset


def written_parts(run: Folder, to: Folder, plan: ExportPlan, tell: Tell) -> Iterator[WrittenPart]:
    for part in plan.parts():
        written = noted_part(to, part) or write_part(run, to, plan, part)
        tell(part, written)
        yield written


def dataset_of(whole: Whole, files: int, size: int, checksums_sha256: str) -> Dataset:
    plan, options = whole.plan, whole.plan.options
    return Dataset(
        fingerprint=plan.fingerprint,
        name=one_line(plan.name),
        format=str(options.format),
        license=one_line(options.license),
        source=plan.source,
        split_by=one_line(options.split_by),
        shares=options.shares,
        seed=options.seed,
        renders=len(whole.renders),
        splits=dict(whole.splits),
        damaged_count=len(whole.damaged),
        damaged=list(whole.damaged[:MOST_DAMAGED]),
        failures=dict(plan.failures),
        files=files,
        size=size,
        checksums_sha256=checksums_sha256,
    )

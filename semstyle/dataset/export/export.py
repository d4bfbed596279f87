"""Making a data set of a run, from its folder to ``dataset.json``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from semstyle.dataset.export.claim import ExportClaim
from semstyle.dataset.export.commit import CHECKSUMS, DATASET, Dataset
from semstyle.dataset.export.described.card import card_text
from semstyle.dataset.export.described.croissant import CROISSANT, croissant_text
from semstyle.dataset.export.described.sheet import SHEET, sheet_png
from semstyle.dataset.export.formats.part import WrittenPart, noted_part, written_file
from semstyle.dataset.export.formats.writing import write_part
from semstyle.dataset.export.options import ExportOptions
from semstyle.dataset.export.plan import ExportPlan, Part, make_plan
from semstyle.dataset.export.splitting.splits import SPLITS_FILE, KnownSplits
from semstyle.dataset.export.whole import Whole, whole_of
from semstyle.dataset.export.workshop import Workshop
from semstyle.errors import InputError
from semstyle.farm.output.commit import sha256
from semstyle.report.page import require_run
from semstyle.storage import Folder, one_line, redact

CARD = "README.md"
MOST_DAMAGED = 100
OWN_PLACE = "dataset"
"""The subfolder of a run's folder in which no run writes anything."""

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
    run_uri: str,
    target_uri: str,
    options: ExportOptions,
    tell: Tell = lambda part, written: None,
    known: KnownSplits | None = None,
    made_on: date | None = None,
) -> Exported:
    """Make a data set of every finished render of a run whose image is the one that was recorded.

    The same renders and options give the same bytes, also when an export was interrupted and is run again.

    Args:
        target_uri: A folder that is new or empty, or has this very data set.
        known: In which splits inputs are already, as :func:`read_known_splits` reads it of an earlier data set.
        made_on: The day that the data set is of; that of the run's end when None.

    Raises:
        InputError: when nothing can be exported, something else is in the way, or another export is at work there.
        FarmError: when no run has been there, a record is damaged, or the run goes on meanwhile.
        StorageError: when something cannot be read or written.
    """
    run = Folder(run_uri)
    require_run(run)
    refuse_inside(run, Folder(target_uri))
    workshop = Workshop(target_uri)
    plan = make_plan(run, options, workshop.name, known, made_on)
    if (there := workshop.finished(plan.fingerprint)) is not None:
        return Exported(there, was_there=True)
    with workshop.claim() as claim:
        if (there := workshop.finished(plan.fingerprint)) is not None:  # while we came to our claim
            return Exported(there, was_there=True)
        made = workshop.begin(plan.fingerprint) or make(run, workshop.folder, plan, tell, claim)
        claim.require()
        workshop.publish(made)
    return Exported(made, was_there=False)


def refuse_inside(run: Folder, target: Folder) -> None:
    """Refuse a place among the run's own files; only its subfolder ``dataset`` is kept for a data set."""
    if target.uri != run.location(OWN_PLACE) and f"{target.uri}/".startswith(f"{run.uri}/"):
        raise InputError(
            f"-o {redact(target.uri)}: this is in the run's own folder; choose another, or {OWN_PLACE} in it"
        )


def make(run: Folder, to: Folder, plan: ExportPlan, tell: Tell, claim: ExportClaim) -> Dataset:
    """Write all files of a data set that are not there yet, ``dataset.json`` last."""
    parts = list(written_parts(run, to, plan, tell, claim))
    if not any(part.renders for part in parts):
        raise InputError(f"{redact(run.uri)}: no image there is the one that was recorded; see `semstyle verify`")
    whole = whole_of(plan, parts)
    documents = {
        CARD: card_text(whole).encode(),
        CROISSANT: croissant_text(whole).encode(),
        SHEET: sheet_png(run, whole),
        SPLITS_FILE: plan.splits.model_dump_json(indent=1).encode(),
    }
    claim.require()
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


def written_parts(run: Folder, to: Folder, plan: ExportPlan, tell: Tell, claim: ExportClaim) -> Iterator[WrittenPart]:
    for part in plan.parts():
        claim.require()
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
        between_splits=plan.between_splits,
        files=files,
        size=size,
        checksums_sha256=checksums_sha256,
    )

"""Planning a data set: the split of each render, and the part that it is written in, before an image is read."""

from __future__ import annotations

import hashlib
import json
import posixpath
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pyarrow as pa

from semstyle import __version__
from semstyle.dataset.export.formats.columns import tag_columns
from semstyle.dataset.export.options import EACH, SPLITS, DatasetFormat, ExportOptions
from semstyle.dataset.export.splitting.groups import INPUT_COLUMNS, Groups, keys_of, name_of
from semstyle.dataset.export.splitting.splits import InputSplits, KnownSplits, input_splits, splits_digest
from semstyle.errors import InputError
from semstyle.evaluate.metrics import METRICS
from semstyle.farm.output.aggregate import failure_classes
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import committed_ids, finished_ids
from semstyle.report.results import read_results
from semstyle.report.varying import Result
from semstyle.storage import Folder, one_line, redact

FORMAT_VERSION = 2
"""Another number for other bytes of the same renders."""
NUMBERS = (*(metric.name for metric in METRICS), "loss")
"""What distributions are told of."""
LICENSE = "license"
READ = (
    *INPUT_COLUMNS,
    *("render_id", "tags", "inputs", "image_sha256", "started_at", "height", "width", "metrics", "loss"),
)
UNKNOWN_SIDE = 1024
CHANNELS = 3
LONGEST_LICENSE = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """A render on its way into a data set.

    Attributes:
        began: When it was rendered, by which a later render of the same row is told from it.
        group: The name of the renders that it shares inputs with.
        size: How many bytes its pixels have.
        licenses: Its tags about licences.
        numbers: The values of ``NUMBERS``; NaN where there is none.
    """

    render_id: str
    image_sha256: str | None
    began: datetime | None
    group: str
    split: str
    size: int
    licenses: tuple[tuple[str, str], ...]
    numbers: array[float]


@dataclass(frozen=True)
class Part:
    """Renders that are written together: a shard, or a folder of images.

    Attributes:
        number: Its number in its split, from 0.
        count: How many parts the split has.
    """

    split: str
    number: int
    count: int
    renders: Sequence[Planned]


@dataclass(frozen=True)
class ExportPlan:
    """Everything about a data set that is known before an image is read.

    Attributes:
        name: The data set's.
        source: The name of the run's folder, without where it is: a data set may be given to others.
        made_on: The day of the run's end, if its job tells it.
        tags: Tag name → column.
        tags_left_out: How many tags have no column.
        failures: How many rows of the run failed, by class.
        without_image: How many records have no image.
        between_splits: How many renders are left out, as their inputs are in different splits.
        splits: Which input is in which split.
    """

    name: str
    options: ExportOptions
    source: str
    made_on: date | None
    renders: Sequence[Planned]
    tags: Mapping[str, str]
    tags_left_out: int
    failures: Mapping[str, int]
    without_image: int
    between_splits: int
    splits: KnownSplits
    fingerprint: str = ""

    def parts(self) -> Iterator[Part]:
        """Yield the parts, split after split, in the order of render ids."""
        for split in SPLITS:
            chosen = [render for render in self.renders if render.split == split]
            cut = list(pieces(chosen, self.options))
            for number, renders in enumerate(cut):
                yield Part(split, number, len(cut), renders)


def make_plan(
    folder: Folder,
    options: ExportOptions,
    name: str,
    known: KnownSplits | None = None,
    made_on: date | None = None,
) -> ExportPlan:
    """Plan a data set of every finished render in ``folder``.

    Args:
        known: In which splits inputs are already.
        made_on: The day of the data set; that of the run's end when None.

    Raises:
        InputError: when there is none, each is between splits, or no render has the tag to split by.
        FarmError: when a record is damaged.
        StorageError: when something cannot be read.
    """
    finished = set(finished_ids(folder))
    drafts, groups, tags = read_drafts(folder, finished, options)
    if not drafts:
        raise InputError(f"{redact(folder.uri)}: no finished render is there, so nothing can be exported")
    if options.tag is not None and options.tag not in tags:
        raise InputError(f"--split-by {redact(options.split_by)}: no render of {redact(folder.uri)} has this tag")
    known = known or KnownSplits()
    inputs = input_splits(groups, options, known)
    renders = settled(drafts, inputs)
    if not renders:
        raise InputError(
            f"{redact(folder.uri)}: each render has inputs of different splits, so nothing can be exported; "
            "choose another --split-by or --seed"
        )
    columns = tag_columns(tags)
    plan = ExportPlan(
        name=name,
        options=options,
        source=redact(posixpath.basename(folder.uri)),
        made_on=made_on or last_day(folder),
        renders=renders,
        tags=columns,
        tags_left_out=len(tags) - len(columns),
        failures=dict(sorted(Counter(failure_classes(folder)).items())),
        without_image=sum(render_id not in finished for render_id in committed_ids(folder)),
        between_splits=len(drafts) - len(renders),
        splits=inputs.noted(known),
    )
    return replace(plan, fingerprint=fingerprint(plan))


def last_day(folder: Folder) -> date | None:
    """Return the day on which the last run ended, if its job tells it."""
    job = read_job(folder)
    last = job.runs[-1] if job is not None and job.runs else None
    return (last.ended_at or last.started_at).date() if last else None


@dataclass(frozen=True, slots=True)
class Draft:
    """A render whose split is not known before all others are read; see :class:`Planned`.

    Attributes:
        inputs: The numbers of what it must not have in common with a render of another split.
    """

    render_id: str
    image_sha256: str | None
    began: datetime | None
    inputs: tuple[int, ...]
    size: int
    licenses: tuple[tuple[str, str], ...]
    numbers: array[float]


def read_drafts(folder: Folder, finished: set[str], options: ExportOptions) -> tuple[list[Draft], Groups, Counter[str]]:
    """Read what a plan needs of each render, and count the names of tags."""
    groups, tags = Groups(apart=options.split_by == EACH), Counter[str]()
    drafts: list[Draft] = []
    held: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
    for result in read_results(folder, READ, finished):
        tags.update(name for name, _ in result["tags"] or ())
        licenses = licenses_of(result)
        size = (result["height"] or UNKNOWN_SIDE) * (result["width"] or UNKNOWN_SIDE) * CHANNELS
        drafts.append(
            Draft(
                result["render_id"],
                result["image_sha256"],
                result["started_at"],
                groups.add(keys_of(result, options)),
                size,
                held.setdefault(licenses, licenses),
                numbers_of(result),
            )
        )
    return drafts, groups, tags


def settled(drafts: Sequence[Draft], inputs: InputSplits) -> list[Planned]:
    """Give each render its group and split, in the order of ids, and leave out those between splits."""
    names: dict[str, str] = {}
    found = []
    for draft in sorted(drafts, key=lambda draft: draft.render_id):
        split = inputs.of(draft.inputs)
        if split is None:
            continue
        key = min(inputs.groups.key(number) for number in draft.inputs)
        found.append(
            Planned(
                draft.render_id,
                draft.image_sha256,
                draft.began,
                names.setdefault(key, name_of(key)),
                split,
                draft.size,
                draft.licenses,
                draft.numbers,
            )
        )
    return found


def licenses_of(result: Result) -> tuple[tuple[str, str], ...]:
    """Return a render's tags such as ``license`` and ``style_license``."""
    pairs = ((one_line(name), one_line(value)[:LONGEST_LICENSE]) for name, value in result["tags"] or () if value)
    return tuple(sorted(pair for pair in pairs if pair[0].lower().endswith((LICENSE, "licence"))))


def numbers_of(result: Result) -> array[float]:
    values = {**dict(result["metrics"] or ()), "loss": result["loss"]}
    return array("d", (float("nan") if values.get(name) is None else values[name] for name in NUMBERS))


def pieces(renders: Sequence[Planned], options: ExportOptions) -> Iterator[list[Planned]]:
    """Cut a split into parts of bounded size."""
    most = options.shard_bytes if options.format is not DatasetFormat.IMAGEFOLDER else None
    piece: list[Planned] = []
    size = 0
    for render in renders:
        is_full = len(piece) >= options.most_in_part or (most is not None and size + render.size > most)
        if piece and is_full:
            yield piece
            piece, size = [], 0
        piece.append(render)
        size += render.size
    if piece:
        yield piece


def fingerprint(plan: ExportPlan) -> str:
    """Return a hash of everything that the data set's bytes depend on: an interrupted export goes on only with it."""
    options = {**vars(plan.options), "format": str(plan.options.format)}
    head = [FORMAT_VERSION, __version__, pa.__version__, plan.name, options, plan.source, str(plan.made_on)]
    rest = [dict(plan.tags), plan.tags_left_out, dict(plan.failures), plan.without_image]
    rest += [plan.between_splits, splits_digest(plan.splits.splits)]
    digest = hashlib.sha256(json.dumps([head, rest], sort_keys=True).encode())
    for render in plan.renders:
        line = [render.render_id, render.image_sha256, str(render.began), render.group, render.split, render.size]
        digest.update(json.dumps(line).encode())
    return digest.hexdigest()

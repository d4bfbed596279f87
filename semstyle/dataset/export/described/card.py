"""The card of a data set, ``README.md``, as the Hugging Face Hub shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from semstyle import __version__
from semstyle.counted import counted
from semstyle.dataset.export.commit import CHECKSUMS, DATASET
from semstyle.dataset.export.described.sheet import SHEET
from semstyle.dataset.export.formats.features import config_of, info_of
from semstyle.dataset.export.options import EACH, INPUTS, DatasetFormat
from semstyle.dataset.export.whole import Whole
from semstyle.evaluate.metrics import METRICS
from semstyle.storage import one_line

PAPER = "https://arxiv.org/abs/1603.01768"
LICENSE_ID = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}")
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$^=-])")
LONGEST_CELL = 120
MOST_LICENSES = 50
MOST_DAMAGED = 20
SHARED = {
    "content": "a content image, target map or initial image",
    "style": "a style image",
    INPUTS: "a style image, content image, target map or initial image",
}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LARGEST = "n>1M"
MEANINGS = {metric.name: metric.meaning for metric in METRICS} | {"loss": "the optimiser's last loss"}
LAYOUTS = {
    DatasetFormat.WEBDATASET: "Shards of WebDataset: `<id>.<format>` and `<id>.json` for each render, where a dot of "
    "an id is written `%2E`.",
    DatasetFormat.PARQUET: "Parquet with the images in the column `image`, as `{bytes, path}`.",
    DatasetFormat.IMAGEFOLDER: "Image files, and beside them `metadata.parquet` with a row for each `file_name`.",
}


def card_text(whole: Whole) -> str:
    """Write the card. Tags and licences are strangers' text: they are data in its YAML and plain words in its text."""
    head = yaml.safe_dump(front_matter(whole), sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{head}---\n\n" + "\n".join(body(whole)) + "\n"


def front_matter(whole: Whole) -> dict[str, Any]:
    return {
        **license_keys(whole.plan.options.license),
        "pretty_name": one_line(whole.plan.name),
        "tags": ["style-transfer", "semstyle"],
        "task_categories": ["image-to-image"],
        "size_categories": [next((name for most, name in SIZES if len(whole.renders) < most), LARGEST)],
        "configs": [config_of(whole)],
        "dataset_info": info_of(whole),
    }


def license_keys(text: str) -> dict[str, str]:
    """Return the keys of a licence: the Hub knows identifiers in small letters; any other text has a name."""
    known = text.strip().lower()
    return {"license": known} if LICENSE_ID.fullmatch(known) else {"license": "other", "license_name": one_line(text)}


def body(whole: Whole) -> Iterator[str]:
    plan = whole.plan
    yield f"# {plain(plan.name)}"
    yield ""
    made = f" of {plan.made_on}" if plan.made_on else ""
    yield (
        f"{counted(len(whole.renders), 'render')} of a run{made}, made by [semantic style transfer]({PAPER}) with "
        f"semstyle {__version__}. {LAYOUTS[plan.options.format]}"
    )
    yield ""
    yield f"![A part of the images]({SHEET})"
    yield from splits(whole)
    yield from left_out(whole)
    yield from licenses(whole)
    yield from metrics(whole)
    yield "\n## Files\n"
    yield (
        f"`sha256sum -c {CHECKSUMS}` checks every file. `croissant.json` describes them for programs. `{DATASET}` is "
        "written last: without it, the data set is not whole."
    )


def splits(whole: Whole) -> Iterator[str]:
    options = whole.plan.options
    yield "\n## Splits\n"
    yield from table(
        ("split", "renders", "groups"),
        ((name, f"{split.renders:,}", f"{split.groups:,}") for name, split in whole.splits.items()),
    )
    shares = ", ".join(f"{share:g}" for share in options.shares)
    chosen = f"a hash and seed {options.seed} choose it, for shares of {shares}"
    yield ""
    if options.split_by == EACH:
        yield (
            f"Each style, content, target map and initial image is in one split: {chosen}. Renders whose files are "
            "in different splits are left out."
        )
        return
    what = SHARED.get(options.split_by, f"the tag {plain(options.tag or '')}")
    yield (
        f"Renders that share {what}, also by way of others, are one group (column `group`), and a group is in one "
        f"split: that of its inputs in an earlier data set, or {chosen}."
    )


def left_out(whole: Whole) -> Iterator[str]:
    plan = whole.plan
    yield "\n## What is not in it\n"
    failed = ", ".join(f"{count:,} of class {name}" for name, count in plan.failures.items())
    yield f"- {counted(sum(plan.failures.values()), 'row')} of the run failed{f' ({failed})' if failed else ''}."
    yield f"- {counted(plan.without_image, 'record')} without an image."
    yield f"- {counted(len(whole.damaged), 'render')} whose files are not what was recorded."
    for damaged in whole.damaged[:MOST_DAMAGED]:
        yield f"  - `{damaged.render_id}`: {plain(damaged.why)}"
    if (more := len(whole.damaged) - MOST_DAMAGED) > 0:
        yield f"  - … and {more:,} more"
    if plan.between_splits:
        yield f"- {counted(plan.between_splits, 'render')} whose inputs are in different splits."
    if plan.tags_left_out:
        yield f"- {counted(plan.tags_left_out, 'tag')} without a column: too many, too long, or the same but for case."


def licenses(whole: Whole) -> Iterator[str]:
    yield "\n## Licences\n"
    yield f"The data set: {plain(whole.plan.options.license)}."
    if not whole.licenses:
        yield "The rows' tags say nothing of the licences of inputs."
        return
    yield "Of inputs, as the rows' tags say:\n"
    yield from table(
        ("tag", "licence", "renders"),
        ((plain(one.tag), plain(one.license), f"{one.renders:,}") for one in whole.licenses[:MOST_LICENSES]),
    )
    if (more := len(whole.licenses) - MOST_LICENSES) > 0:
        yield f"\n… and {more:,} more in `croissant.json`"


def metrics(whole: Whole) -> Iterator[str]:
    if not whole.distributions:
        return
    yield "\n## Metrics\n"
    yield from table(
        ("number", "renders", "mean", "5 %", "median", "95 %", "meaning"),
        (
            (
                f"`{one.name}`",
                f"{one.renders:,}",
                *(f"{value:.4g}" for value in (one.mean, one.low, one.median, one.high)),
                MEANINGS[one.name],
            )
            for one in whole.distributions
        ),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def plain(text: str) -> str:
    """Return a stranger's text as Markdown that shows it and does nothing else."""
    return MARKUP.sub(r"\\\1", html.escape(one_line(text)[:LONGEST_CELL], quote=False))

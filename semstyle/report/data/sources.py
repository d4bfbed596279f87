"""Which columns of a run's results the report may show."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from semstyle.engine.layers import LAYERS
from semstyle.engine.parameters import Parameters
from semstyle.evaluate.metrics import METRICS, Metric
from semstyle.farm.output.aggregate import METRIC_COLUMN
from semstyle.farm.output.record import loss_columns
from semstyle.report.data.column import Better, Source
from semstyle.report.pictures.input_picture import INPUT_COLUMNS

TAG_COLUMN = "tags."
MOST_TAGS = 64
"""The tags that most renders have are columns; the others are with the details of each render."""
SECONDS = {
    "seconds": "of the whole attempt",
    "load_seconds": "until its inputs were there",
    "render_seconds": "of rendering",
    "store_seconds": "of storing it",
}
OTHERS = {
    "device": "what it was rendered on",
    "node": "the node of the cluster",
    "evaluations": "of the loss, in all phases",
    "attempts": "how many it took",
    "remarks": "how many there are on it",
    "run_id": "the run that made it",
    "semstyle_version": "the version that made it",
    "manifest_file": "where its row stands",
    "manifest_row": "where its row stands",
}


def sources(tags: Iterable[str]) -> list[Source]:
    """Return all columns, in the order in which they are offered.

    Args:
        tags: The names of tags that are columns.
    """
    names = [source.name for source in (*parameters(), *inputs())]
    return [
        *parameters(),
        *(Source(TAG_COLUMN + tag, "tags", "tag", tag, key=tag) for tag in tags),
        *(metric_source(metric) for metric in METRICS),
        *losses(),
        *inputs(),
        *(Source(name, name, "time", title_of(name), SECONDS[name], better="lower") for name in SECONDS),
        *(
            Source(name, name, "other", title_of(name), meaning)
            for name, meaning in OTHERS.items()
            if name not in names
        ),
    ]


def parameters() -> list[Source]:
    return [
        Source(spec.name, spec.name, "parameter", title_of(spec.name), spec.metadata["meaning"])
        for spec in dataclasses.fields(Parameters)
    ]


def inputs() -> list[Source]:
    return [Source(name, name, "input", title_of(name)) for name in INPUT_COLUMNS]


def losses() -> list[Source]:
    named = [
        Source(name, name, "loss", title_of(name), "at the last evaluation", better="lower")
        for name, _ in loss_columns(LAYERS)
    ]
    score = Source(
        "match_score", "match_score", "loss", "match score", "mean correlation of the matches", better="higher"
    )
    return [*named, score]


def metric_source(metric: Metric) -> Source:
    return Source(
        METRIC_COLUMN + metric.name,
        "metrics",
        "metric",
        title_of(metric.name),
        metric.meaning,
        key=metric.name,
        better=better(metric),
    )


def better(metric: Metric) -> Better | None:
    """Return which values are better; None where the best one has others on both of its sides."""
    if metric.best == 0:
        return "lower"
    return "higher" if metric.best == metric.limit else None


def title_of(name: str) -> str:
    return name.replace("_", " ")


def tags_of_most(tables: Iterable[pa.Table]) -> list[str]:
    """Return the names of the tags that most renders have, in alphabetical order."""
    counts: Counter[str] = Counter()
    for table in tables:
        for chunk in table["tags"].chunks:
            for value in chunk.keys.value_counts():
                counts[value["values"].as_py()] += value["counts"].as_py()
        if len(counts) > 100 * MOST_TAGS:  # a name for each row is no column
            counts = Counter(dict(counts.most_common(MOST_TAGS)))
    return sorted(name for name, _ in counts.most_common(MOST_TAGS))

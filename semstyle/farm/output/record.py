"""A render's record: one Parquet row with everything about it, its trace nested."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle import __version__
from semstyle.engine.layers import LAYERS
from semstyle.engine.parameter import parameter_type
from semstyle.engine.parameters import Parameters
from semstyle.farm.attempt import RENDERED, Assignment, Attempt
from semstyle.farm.output.layout import image_path
from semstyle.farm.output.origin_map import origin_map
from semstyle.farm.output.provenance import Provenance
from semstyle.storage import redact

if TYPE_CHECKING:
    from semstyle.engine.rendering import Rendering
    from semstyle.manifest.input_file import InputFile

ARROW_TYPES = {str: pa.string(), tuple: pa.string(), int: pa.int64(), float: pa.float64()}
MOMENT = pa.timestamp("us", tz="UTC")
ATTEMPT = pa.struct(
    [
        ("run_id", pa.string()),
        ("outcome", pa.string()),
        ("node", pa.string()),
        ("pid", pa.int64()),
        ("started_at", MOMENT),
        ("seconds", pa.float64()),
        ("error", pa.string()),
    ]
)
STYLE_LOSS = "style_loss_"
TRACE = "trace"
ORIGINS = "origins"
"""A column of records alone: a picture of where the image's patches come from; null where no patches were matched."""
MAPS = "maps"
INPUTS = "inputs"
INPUT = pa.struct([(name, pa.string()) for name in ("column", "uri", "sha256", "stamp")])
"""The type of a file that a render was made from; see :class:`semstyle.manifest.input_file.InputFile`."""
QUICK_TO_READ = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}
"""How a Parquet file of one row is written: dictionaries and statistics would be longer than its values. So it is a
third smaller, and is read three times as fast."""


@dataclass(frozen=True)
class Timing:
    """How many seconds each part of an attempt took, and when it began (in seconds since the epoch)."""

    started_at: float
    load_seconds: float
    render_seconds: float
    store_seconds: float
    judge_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        return self.load_seconds + self.render_seconds + self.judge_seconds + self.store_seconds


@dataclass(frozen=True)
class Worker:
    """Where an attempt ran.

    Attributes:
        device: The device's name, such as ``cpu`` or ``NVIDIA H100``.
        provenance: What it rendered with.
    """

    node: str
    pid: int
    device: str
    provenance: Provenance = field(default_factory=Provenance)


def loss_columns(layers: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    style = [f"{STYLE_LOSS}{layer}" for layer in layers]
    return [(name, pa.float64()) for name in ("loss", "content_loss", *style, "smoothness_loss")]


def trace_schema(layers: Sequence[str] = LAYERS) -> pa.Schema:
    """Return the columns of a trace: the evaluation, its losses (one per style layer) and its matches."""
    return pa.schema(
        [
            ("phase", pa.int32()),
            ("evaluation", pa.int32()),
            ("height", pa.int32()),
            ("width", pa.int32()),
            *loss_columns(layers),
            ("grad_max", pa.float64()),
            ("match_score", pa.float64()),
            ("rematched", pa.bool_()),
            ("seconds", pa.float64()),
        ]
    )


def result_schema(layers: Sequence[str] = LAYERS) -> pa.Schema:
    """Return the columns of ``results/``, which a record has too; losses are those of the last evaluation."""
    parameters = [(spec.name, ARROW_TYPES[parameter_type(spec)]) for spec in dataclasses.fields(Parameters)]
    return pa.schema(
        [
            ("render_id", pa.string()),
            ("content_id", pa.string()),
            ("style", pa.string()),
            ("style_map", pa.string()),
            ("target_map", pa.string()),
            ("content", pa.string()),
            *parameters,
            ("priority", pa.int64()),
            ("tags", pa.map_(pa.string(), pa.string())),
            (INPUTS, pa.list_(INPUT)),
            ("manifest_file", pa.string()),
            ("manifest_row", pa.int64()),
            ("image", pa.string()),
            ("image_sha256", pa.string()),
            ("pixels_sha256", pa.string()),
            (MAPS, pa.map_(pa.string(), pa.string())),
            ("height", pa.int32()),
            ("width", pa.int32()),
            *loss_columns(layers),
            ("match_score", pa.float64()),
            ("evaluations", pa.int64()),
            ("metrics", pa.map_(pa.string(), pa.float64())),
            ("remarks", pa.list_(pa.string())),
            ("started_at", MOMENT),
            ("seconds", pa.float64()),
            ("load_seconds", pa.float64()),
            ("render_seconds", pa.float64()),
            ("store_seconds", pa.float64()),
            ("device", pa.string()),
            ("node", pa.string()),
            ("pid", pa.int64()),
            ("run_id", pa.string()),
            ("attempts", pa.list_(ATTEMPT)),
            ("semstyle_version", pa.string()),
            *((spec.name, pa.string()) for spec in dataclasses.fields(Provenance)),
        ]
    )


def record_schema(layers: Sequence[str] = LAYERS) -> pa.Schema:
    """Return the columns of a record: those of ``results/``, the trace, and the map of where patches come from."""
    trace = pa.field(TRACE, pa.list_(pa.struct(list(trace_schema(layers)))))
    return result_schema(layers).append(trace).append(pa.field(ORIGINS, pa.binary()))


def record_bytes(
    assignment: Assignment,
    rendering: Rendering,
    image_sha256: str,
    timing: Timing,
    worker: Worker,
    maps: Mapping[str, str] = MappingProxyType({}),
    files: Mapping[tuple[str, str], InputFile] = MappingProxyType({}),
) -> bytes:
    """Write the record of a finished render as a Parquet file of one row.

    Args:
        maps: Path → SHA-256 of the maps that were made for it.
        files: The files that it was made from, by column and URI.
    """
    layers = list(rendering.trace[-1].style_losses)
    last = rendering.trace[-1].as_dict()
    values: dict[str, Any] = {
        **row_values(assignment, rendering.trace[-1].phase),
        **{name: last[name] for name, _ in loss_columns(layers)},
        INPUTS: [{"column": column, **dataclasses.asdict(file)} for (column, _), file in files.items()],
        "image": image_path(assignment.row.render_id, assignment.row.parameters.format),
        "image_sha256": image_sha256,
        "pixels_sha256": pixels_sha256(rendering),
        MAPS: dict(maps),
        "height": rendering.image.shape[1],
        "width": rendering.image.shape[2],
        "match_score": last["match_score"],
        "evaluations": len(rendering.trace),
        "metrics": rendering.metrics,
        "remarks": list(rendering.remarks),
        "started_at": moment(timing.started_at),
        "seconds": timing.seconds,
        "load_seconds": timing.load_seconds,
        "render_seconds": timing.render_seconds,
        "store_seconds": timing.store_seconds,
        "device": worker.device,
        "node": worker.node,
        "pid": worker.pid,
        "run_id": assignment.run_id,
        "attempts": [attempt_values(attempt) for attempt in attempts(assignment, timing, worker)],
        "semstyle_version": __version__,
        **dataclasses.asdict(worker.provenance),
        TRACE: [evaluation.as_dict() for evaluation in rendering.trace],
        ORIGINS: origin_map(rendering.origins),
    }
    schema = record_schema(layers)
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([values], schema), stream, **QUICK_TO_READ)
    return stream.getvalue()


def pixels_sha256(rendering: Rendering) -> str:
    """Return the SHA-256 of the image's pixels, 8 bits of red, green and blue each, row after row from the top.

    It tells whether two renders are the same image: their files also say how they were made, and by which version.
    """
    return hashlib.sha256(rendering.to_pil().tobytes()).hexdigest()


def row_values(assignment: Assignment, phases: int) -> dict[str, Any]:
    """Return what was asked for, with defaults. Every text is redacted, as not only a URI may hold a password."""
    row = assignment.row
    used = row.parameters.settled(row.content is not None, phases)
    asked = {"render_id": row.render_id, "content_id": row.content_id, **row.inputs, **used.as_dict()}
    safe = {name: cell(value) for name, value in asked.items()}
    return {
        **safe,
        "priority": row.priority,
        "tags": {redact(name): redact(value) for name, value in row.tags.items()},
        "manifest_file": redact(row.position.file),
        "manifest_row": row.position.row,
    }


def cell(value: Any) -> Any:
    """Write a value of a row as its column holds it: several URIs as a JSON list, which no single URI looks like."""
    if isinstance(value, tuple):
        return json.dumps([redact(part) for part in value], ensure_ascii=False)
    return redact(value) if isinstance(value, str) else value


def attempts(assignment: Assignment, timing: Timing, worker: Worker) -> tuple[Attempt, ...]:
    """List the attempts that failed, and this one."""
    this = Attempt(assignment.run_id, RENDERED, worker.node, worker.pid, timing.started_at, timing.seconds)
    return (*assignment.history, this)


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    return {**dataclasses.asdict(attempt), "outcome": str(attempt.outcome), "started_at": moment(attempt.started_at)}


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

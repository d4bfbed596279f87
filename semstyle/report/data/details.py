"""What only the view of one render shows: its inputs, attempts, remarks, every parameter, and how to make it again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from semstyle.engine.layers import LAYERS
from semstyle.errors import SemstyleError
from semstyle.farm.output.layout import map_path, preview_path
from semstyle.farm.output.record import MAPS, loss_columns
from semstyle.manifest.recipe import Recipe
from semstyle.report.data.kept import KeptPictures
from semstyle.report.pictures.input_picture import INPUT_COLUMNS
from semstyle.report.pictures.inputs import InputPictures
from semstyle.report.varying import PARAMETERS, uris_of
from semstyle.storage import redact

DETAILS_EACH = 100
PreviewPhases = Mapping[str, Sequence[int]]
"""Id → the phases that have a preview, in order."""
redacted = lru_cache(4096)(redact)
"""It remembers its last results, as renders have most of their texts in common."""
TIMES = ("started_at", "seconds", "load_seconds", "render_seconds", "store_seconds")
MADE_WITH = (
    "device",
    "node",
    "pid",
    "run_id",
    "semstyle_version",
    "semstyle_commit",
    "encoder_sha256",
    "torch_version",
    "ray_version",
    "python_version",
    "driver_version",
    "image_sha256",
    "pixels_sha256",
)
ATTEMPT = ("outcome", "node", "started_at", "seconds", "error", "run_id")


def details_page(
    rows: pa.Table, inputs: InputPictures, pictures: KeptPictures, previews: PreviewPhases
) -> dict[str, Any]:
    """Return everything about up to ``DETAILS_EACH`` renders."""
    results = rows.to_pylist()
    return {
        "ids": [result["render_id"] for result in results],
        "details": [details_of(result, inputs, pictures, previews) for result in results],
    }


def details_of(
    result: Mapping[str, Any], inputs: InputPictures, pictures: KeptPictures, previews: PreviewPhases
) -> dict[str, Any]:
    files = used(result, inputs)
    return {
        "parameters": {name: plain(result[name]) for name in PARAMETERS if result.get(name) is not None},
        "tags": {redacted(name): redacted(value or "") for name, value in result["tags"] or ()},
        "inputs": files,
        "maps_made": {column: f"../{quote(path)}" for column, path in made_maps(result).items()},
        "attempts": [{name: plain(attempt[name]) for name in ATTEMPT} for attempt in result["attempts"] or ()],
        "remarks": [redacted(remark) for remark in result["remarks"] or ()],
        "metrics": {name: plain(value) for name, value in result["metrics"] or ()},
        "losses": losses(result),
        "provenance": {name: plain(result[name]) for name in MADE_WITH if result.get(name) is not None},
        "times": {name: plain(result[name]) for name in TIMES if result.get(name) is not None},
        "manifest_file": plain(result["manifest_file"]),
        "manifest_row": result["manifest_row"],
        "command": command(result),
        "origin": origin(result, files, pictures),
        "phases_pictures": [
            {"phase": phase, "picture": preview_url(result["render_id"], phase)}
            for phase in previews.get(result["render_id"], ())
            if phase < (result.get("phases") or 0)  # else it is of an earlier run, which had more
        ],
    }


def preview_url(render_id: str, phase: int) -> str:
    return f"../{quote(preview_path(render_id, phase))}"


def plain(value: Any) -> Any:
    """Return a value as JSON has it: no number that it lacks, a moment as text, and no text with a password."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return redacted(value)
    return value if value is None or isinstance(value, int) else value.isoformat()


def losses(result: Mapping[str, Any]) -> dict[str, Any]:
    names = [*(name for name, _ in loss_columns(LAYERS)), "match_score"]
    return {name: plain(result[name]) for name in names if result.get(name) is not None}


def used(result: Mapping[str, Any], inputs: InputPictures) -> list[dict[str, Any]]:
    """Return the files that a render was made from, images and maps first, in the order of the columns."""
    known = result["inputs"] or [
        {"column": column, "uri": uri, "sha256": None}
        for column in INPUT_COLUMNS
        for uri in uris_of(result[column] or "")
        if uri
    ]
    order = {column: place for place, column in enumerate(INPUT_COLUMNS)}
    files = sorted(known, key=lambda file: order.get(file["column"], len(order)))
    return [
        {
            "column": file["column"],
            "uri": redacted(file["uri"] or ""),
            "sha256": file["sha256"],
            "picture": inputs.of(file["column"], file["uri"], file["sha256"]),
        }
        for file in files
    ]


def made_maps(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the maps that were made for a render: column → path, of those that a browser shows."""
    paths = {path for path, _ in result[MAPS] or ()}
    made = {column: map_path(result["render_id"], f"{column}.png") for column in INPUT_COLUMNS}
    return {column: path for column, path in made.items() if path in paths}


def command(result: Mapping[str, Any]) -> str | None:
    """Return the command that makes a render again; None where this version knows none."""
    inputs: dict[str, str | list[str]] = {}
    for column in INPUT_COLUMNS:
        if result[column]:
            uris = [redacted(uri) for uri in uris_of(result[column])]
            inputs[column] = uris[0] if len(uris) == 1 else uris
    parameters = {name: result[name] for name in PARAMETERS if result.get(name) is not None}
    try:
        return Recipe(inputs=inputs, parameters=parameters).command()
    except (SemstyleError, ValueError):
        return None


def origin(result: Mapping[str, Any], files: list[dict[str, Any]], pictures: KeptPictures) -> dict[str, Any] | None:
    """Return what the page needs to show a render's origin map, with the styles in the order of their numbers."""
    found = pictures.origins(result["render_id"])
    if found is None:
        return None
    by_uri = {file["uri"]: file["picture"] for file in files if file["column"] == "style"}
    styles = [by_uri.get(redacted(uri)) for uri in uris_of(result["style"] or "")]
    return {
        "script": str(PurePosixPath("origins") / f"{result['render_id']}.js"),
        "width": found.width,
        "height": found.height,
        "styles": styles,
        "patch": found.patch,
    }

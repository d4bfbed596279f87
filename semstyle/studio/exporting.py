"""A session as files for everything else that semstyle does: pictures, maps, a manifest of one row, and its spec."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from semstyle.manifest.columns import INPUT_COLUMNS
from semstyle.manifest.writer import write_manifest
from semstyle.studio.errors import StudioError
from semstyle.studio.renders.order import map_file, settled_parameters
from semstyle.studio.sessions.document import StudioDocument
from semstyle.studio.sessions.session import StudioSession

FIRST_DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive, so that the same session makes the same archive."""


def export_files(session: StudioSession, document: StudioDocument, picture: bytes | None = None) -> dict[str, bytes]:
    """Return name → content of all that a render of the session needs.

    Args:
        picture: The finished picture, if it is to go along.

    Raises:
        StudioError: when there is no style.
    """
    if document.style.picture is None:
        raise StudioError("there is no style yet; load a painting or a photograph on the left")
    made = {
        "style.png": session.picture_file(document.style.picture),
        "style_map.png": map_file(session, document, document.style),
        "target_map.png": map_file(session, document, document.target),
    }
    if document.target.picture is not None:
        made["content.png"] = session.picture_file(document.target.picture)
    values = row_values(document)
    made["manifest.parquet"] = parquet(values)
    made["spec.yaml"] = spec(values).encode()
    labels = {label.name: label.color for label in document.palette if not label.is_retired}
    made["labels.json"] = json.dumps(labels, indent=2, ensure_ascii=False).encode()
    if picture is not None:
        made["picture.png"] = picture
    return made


def row_values(document: StudioDocument) -> dict[str, Any]:
    """Return the columns of the session's row; paths are beside the manifest."""
    inputs = {"style": "style.png", "style_map": "style_map.png", "target_map": "target_map.png"}
    if document.target.picture is not None:
        inputs["content"] = "content.png"
    tags = {"session": document.name} if document.name else {}
    return {**inputs, **settled_parameters(document, is_preview=False), "tags": tags}


def parquet(values: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="semstyle-") as folder:
        path = Path(folder) / "manifest.parquet"
        write_manifest([values], list(values), str(path))
        return path.read_bytes()


def spec(values: dict[str, Any]) -> str:
    """Return the row as a spec in YAML, which grids are made from."""
    inputs = {name: values[name] for name in (*INPUT_COLUMNS, "tags") if values.get(name)}
    fixed = {name: value for name, value in values.items() if name not in inputs and name != "tags"}
    document = {"inputs": [inputs], **({"fixed": fixed} if fixed else {})}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def archive(made: dict[str, bytes]) -> bytes:
    """Return the files as a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in made.items():
            packed.writestr(zipfile.ZipInfo(name, FIRST_DATE), content)
    return file.getvalue()

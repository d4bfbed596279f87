"""Building a manifest from a grid spec, or from a table in CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from semstyle.manifest.columns import INPUT_COLUMNS
from semstyle.manifest.csv_table import SUFFIX, CsvTable, read_table
from semstyle.manifest.grid import GridSpec, read_spec
from semstyle.manifest.row import URI_PARAMETERS
from semstyle.manifest.writer import write_manifest
from semstyle.storage import parent, resolve


def build_manifest(spec_uri: str, out_uri: str) -> int:
    """Write the rows that a grid spec or a table in CSV stands for; returns how many.

    Relative URIs start from the spec's folder. Those inside the manifest's folder stay relative to it, so that the
    two can move together; others become absolute.

    Raises:
        ManifestError: for a spec that is wrong; names the file and the key, and nothing is written.
        StorageError: when something cannot be read or written.
    """
    spec = read_table(spec_uri) if spec_uri.lower().endswith(SUFFIX) else read_spec(spec_uri)
    return write_manifest(relocated_rows(spec, parent(out_uri)), spec.columns(), out_uri, spec.lists())


def relocated_rows(spec: GridSpec | CsvTable, manifest_folder: str) -> Iterator[dict[str, Any]]:
    spec_folder = parent(spec.uri)
    for row in spec.rows():
        for column in (*INPUT_COLUMNS, *URI_PARAMETERS):
            value = row.get(column)
            if isinstance(value, list):
                row[column] = [relocated(uri, spec_folder, manifest_folder) for uri in value]
            elif value and value not in URI_PARAMETERS.get(column, ()):
                row[column] = relocated(value, spec_folder, manifest_folder)
        yield row


def relocated(uri: str, old_folder: str, new_folder: str) -> str:
    """Return how ``uri``, which a file in ``old_folder`` names, is to be written in a file in ``new_folder``."""
    absolute = resolve(uri, old_folder)
    if absolute == uri:
        return uri
    return absolute.removeprefix(new_folder.rstrip("/") + "/")

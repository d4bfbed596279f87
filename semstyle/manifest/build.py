"""Building a manifest from a grid spec, or from a table in CSV."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from semstyle.errors import InputError
from semstyle.manifest.columns import INPUT_COLUMNS
from semstyle.manifest.csv_table import SUFFIX, CsvTable, read_table
from semstyle.manifest.row import MAP_COLUMNS, URI_PARAMETERS
from semstyle.manifest.specs import Spec, read_spec
from semstyle.manifest.specs.settings import Settings
from semstyle.manifest.writer import write_manifest
from semstyle.maps.asked import is_asked, parse_asked
from semstyle.storage import parent, resolve


def build_manifest(spec_uri: str, out_uri: str, settings: Settings | None = None, limit: int | None = None) -> int:
    """Write the rows that a grid spec or a table in CSV stands for; returns how many.

    Relative URIs start from the spec's folder. Those inside the manifest's folder stay relative to it, so that the
    two can move together; others become absolute.

    Args:
        settings: Parameters that are set in all rows of a spec; see :func:`parse_settings`.
        limit: How many rows are written at most, the first of them.

    Raises:
        ManifestError: for a spec that is wrong; names the file and the key, and nothing is written.
        InputError: for settings over a table.
        StorageError: when something cannot be read or written.
    """
    spec = read_source(spec_uri, settings)
    rows = itertools.islice(relocated_rows(spec, parent(out_uri)), limit)
    return write_manifest(rows, spec.columns(), out_uri, spec.lists())


def read_source(uri: str, settings: Settings | None = None) -> Spec | CsvTable:
    """Read what a manifest is built from: a grid spec, or a table in CSV by its name.

    Raises:
        ManifestError: for a spec that is wrong; names the file and the key.
        InputError: for settings over a table.
        StorageError: when it cannot be read.
    """
    if not uri.lower().endswith(SUFFIX):
        return read_spec(uri, settings)
    if settings:
        raise InputError(f"--set {next(iter(settings))}: a table has its values in its rows; change them there")
    return read_table(uri)


def relocated_rows(spec: Spec | CsvTable, manifest_folder: str) -> Iterator[dict[str, Any]]:
    spec_folder = parent(spec.uri)
    for row in spec.rows():
        for column in (*INPUT_COLUMNS, *URI_PARAMETERS):
            value = row.get(column)
            move = relocated_map if column in MAP_COLUMNS else relocated
            if isinstance(value, list):
                row[column] = [move(uri, spec_folder, manifest_folder) for uri in value]
            elif value and value not in URI_PARAMETERS.get(column, ()):
                row[column] = move(value, spec_folder, manifest_folder)
        yield row


def relocated(uri: str, old_folder: str, new_folder: str) -> str:
    """Return how ``uri``, which a file in ``old_folder`` names, is to be written in a file in ``new_folder``."""
    absolute = resolve(uri, old_folder)
    if absolute == uri:
        return uri
    return absolute.removeprefix(new_folder.rstrip("/") + "/")


def relocated_map(uri: str, old_folder: str, new_folder: str) -> str:
    """Do the same for a map, which may be one that is to be made, or a file that is called so."""
    if is_asked(uri):
        return str(parse_asked(uri).resolved(old_folder))
    moved = relocated(uri, old_folder, new_folder)
    return f"./{moved}" if is_asked(moved) else moved

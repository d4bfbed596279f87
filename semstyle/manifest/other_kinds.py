"""Telling what a file that is no manifest, or no grid spec, seems to be, and what to do with it."""

from __future__ import annotations

import posixpath
import re
import shlex

from semstyle.images import is_image
from semstyle.manifest.csv_table import SUFFIX as CSV

SNIFFED_BYTES = 4096
PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
SPEC_SUFFIXES = (".yaml", ".yml")
SPEC_KEY = re.compile(
    r"^[{\s]*(?:inputs|styles|contents|targets|jobs|grid|zip|sample|fixed|environment)[ \t]*:", re.MULTILINE
)


def instead_of_manifest(start: bytes, uri: str) -> str:
    """Say what is at ``uri``, a file that begins with ``start`` and cannot be read as Parquet, and what to run.

    The answer is empty when the file does begin like Parquet: then the caller has more to say.
    """
    if start.startswith(PARQUET):
        return ""
    if not start:
        return ": it is empty; build one with `semstyle manifest build`"
    if is_image(start):
        return ", but an image; `semstyle render` makes one image without a manifest"
    if start.startswith(ZIP):
        return ", but a spreadsheet or an archive; save a spreadsheet as CSV, and give that to be told what to run"
    text = text_of(start)
    if text is not None and (kind := kind_of(text, uri)):
        given, made = shlex.quote(uri), shlex.quote(f"{posixpath.splitext(uri)[0]}.parquet")
        return f", but {kind}; build the manifest of it: semstyle manifest build {given} -o {made}"
    if text is not None:
        return ", but text; a manifest is built of a grid spec or CSV: semstyle manifest build SPEC -o M.parquet"
    return "; build one with `semstyle manifest build SPEC -o M.parquet`"


def instead_of_spec(start: bytes, uri: str) -> str:
    """Say what a file that begins with ``start`` and cannot be read as a grid spec is; empty when that is unknown."""
    if not start:
        return "the file is empty; begin it with inputs: and a list of images"
    if start.startswith(PARQUET):
        return "this is Parquet, not a grid spec in YAML; a manifest is built already, and `semstyle run` takes it"
    if is_image(start):
        return "this is an image, not a grid spec in YAML; name it in a spec, or use `semstyle render`"
    return ""


def text_of(start: bytes) -> str | None:
    """Return ``start`` as text, or None when it is none."""
    text = start.decode("utf-8-sig", "ignore")
    return text if text.isprintable() or (text.strip() and "\0" not in text and len(text) > 0.9 * len(start)) else None


def kind_of(text: str, uri: str) -> str | None:
    """Say what ``semstyle manifest build`` takes such a file for, by its name or its text; None if for nothing."""
    if uri.lower().endswith(CSV):
        return "CSV"
    return "a grid spec" if uri.lower().endswith(SPEC_SUFFIXES) or SPEC_KEY.search(text) else None

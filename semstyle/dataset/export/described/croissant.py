"""The Croissant metadata of a data set (MLCommons, format 1.0): ``croissant.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from semstyle import __version__
from semstyle.dataset.export.damage import IMAGE_TYPES
from semstyle.dataset.export.described.distributions import Distribution, LicenseCount
from semstyle.dataset.export.formats.columns import row_schema
from semstyle.dataset.export.formats.imagefolder import METADATA
from semstyle.dataset.export.formats.part import WrittenFile
from semstyle.dataset.export.options import DatasetFormat
from semstyle.dataset.export.whole import Whole
from semstyle.storage import one_line

CROISSANT = "croissant.json"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the format's specification gives."""
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
PARQUET_TYPE, TAR_TYPE, JSON_TYPE = "application/x-parquet", "application/x-tar", "application/json"
FIELD_TYPES = {pa.string(): "sc:Text", pa.bool_(): "sc:Boolean", pa.float64(): "sc:Float"}
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RENDERS = "renders"
IMAGES = "images"
ROW_FILES, IMAGE_FILES = "row_files", "image_files"
"""Sets of files; an id of its own for each node of the document."""


def croissant_text(whole: Whole) -> str:
    """Write the metadata; names of tags that are more than letters, digits and underscores have no field."""
    plan = whole.plan
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": one_line(plan.name),
        "description": (
            f"{len(whole.renders)} images made by semantic style transfer with semstyle {__version__}, with their "
            "parameters, tags and metrics."
        ),
        "license": [one_line(plan.options.license)],
        "version": "1.0.0",
        "citeAs": "Champandard, A. J. (2016). Semantic Style Transfer and Turning Two-Bit Doodles into Fine Artworks. "
        "arXiv:1603.01768",
        **({"datePublished": plan.made_on.isoformat()} if plan.made_on else {}),
        "distribution": list(distribution(whole)),
        "recordSet": list(record_sets(whole)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def distribution(whole: Whole) -> Iterator[dict[str, Any]]:
    """Yield the files with their digests, and the sets of them that records are read from."""
    kind = whole.plan.options.format
    if kind is DatasetFormat.IMAGEFOLDER:  # of its images, their rows have the digests
        tables = [file for file in whole.files if file.path.endswith(f"/{METADATA}")]
        yield from (file_object(file, PARQUET_TYPE) for file in tables)
        yield file_set(ROW_FILES, PARQUET_TYPE, [f"*/{METADATA}"])
        yield file_set(IMAGE_FILES, image_types(whole), [f"*/*{suffix}" for suffix in whole.suffixes])
    elif kind is DatasetFormat.PARQUET:
        yield from (file_object(file, PARQUET_TYPE) for file in whole.files)
        yield file_set(ROW_FILES, PARQUET_TYPE, ["data/*.parquet"])
    else:
        yield from (file_object(file, TAR_TYPE) for file in whole.files)
        inside = {"containedIn": [{"@id": file.path} for file in whole.files]}
        yield file_set(ROW_FILES, JSON_TYPE, ["*.json"]) | inside
        yield file_set(IMAGE_FILES, image_types(whole), [f"*{suffix}" for suffix in whole.suffixes]) | inside


def image_types(whole: Whole) -> str | list[str]:
    """Return the type of the images' files, or those of several formats."""
    first, *others = dict.fromkeys(IMAGE_TYPES[suffix] for suffix in whole.suffixes)
    return [first, *others] if others else first


def file_object(file: WrittenFile, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": kind,
        "sha256": file.sha256,
    }


def file_set(name: str, kind: str | list[str], includes: list[str]) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "encodingFormat": kind, "includes": includes}


def record_sets(whole: Whole) -> Iterator[dict[str, Any]]:
    yield record_set(RENDERS, list(render_fields(whole)))
    if whole.plan.options.format is not DatasetFormat.PARQUET:
        yield record_set(
            IMAGES,
            [
                field(IMAGES, "file_name", "sc:Text", extract(IMAGE_FILES, fileProperty="filename")),
                field(IMAGES, "image", "sc:ImageObject", extract(IMAGE_FILES, fileProperty="content")),
            ],
        )
    counts = [{"split": name, "renders": split.renders, "groups": split.groups} for name, split in whole.splits.items()]
    yield told("splits", {"split": "sc:Text", "renders": "sc:Integer", "groups": "sc:Integer"}, counts)
    if whole.distributions:  # a record set in the metadata must not be empty
        yield told("metrics", types_of(Distribution), [one.model_dump() for one in whole.distributions])
    if whole.licenses:
        yield told("input_licenses", types_of(LicenseCount), [one.model_dump() for one in whole.licenses])
    if whole.plan.failures:
        failures = [{"class": name, "rows": count} for name, count in whole.plan.failures.items()]
        yield told("failures", {"class": "sc:Text", "rows": "sc:Integer"}, failures)


def render_fields(whole: Whole) -> Iterator[dict[str, Any]]:
    """Yield a field for each column, and the image where it is in the same file.

    Rows in tar files are whole texts: the format's own reader does not look for columns in JSON inside of archives.
    """
    if whole.plan.options.format is DatasetFormat.WEBDATASET:
        yield field(RENDERS, "file_name", "sc:Text", extract(ROW_FILES, fileProperty="filename"))
        yield field(RENDERS, "json", "sc:Text", extract(ROW_FILES, fileProperty="content"))
        return
    if whole.plan.options.format is DatasetFormat.PARQUET:
        source = {**extract(ROW_FILES, column="image"), "transform": {"jsonPath": "bytes"}}
        yield field(RENDERS, "image", "sc:ImageObject", source)
    else:
        yield field(RENDERS, "file_name", "sc:Text", extract(ROW_FILES, column="file_name"))
    for column in row_schema(whole.plan.tags):
        if PLAIN_NAME.fullmatch(column.name):
            source = extract(ROW_FILES, column=column.name)
            yield field(RENDERS, column.name, FIELD_TYPES.get(column.type, "sc:Integer"), source)


def extract(files: str, **how: str) -> dict[str, Any]:
    return {"fileSet": {"@id": files}, "extract": how}


def field(record_set: str, name: str, kind: str, source: dict[str, Any] | None = None) -> dict[str, Any]:
    made = {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, "dataType": kind}
    return made if source is None else made | {"source": source}


def record_set(name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def told(name: str, kinds: dict[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a record set whose records are in the metadata themselves."""
    made = record_set(name, [field(name, column, kind) for column, kind in kinds.items()])
    return made | {"data": [{f"{name}/{column}": row[column] for column in kinds} for row in rows]}


def types_of(model: type[Distribution] | type[LicenseCount]) -> dict[str, str]:
    kinds: dict[Any, str] = {str: "sc:Text", int: "sc:Integer", float: "sc:Float"}
    return {name: kinds[spec.annotation] for name, spec in model.model_fields.items()}

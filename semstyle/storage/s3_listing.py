"""Listing a bucket's folder: a short one page after page, a long one in many places at once."""

from __future__ import annotations

import string
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Any, NamedTuple

import fsspec

from semstyle.storage.errors import translated
from semstyle.storage.patience import retried

LETTERS = sorted(string.digits + string.ascii_letters)
"""A long listing is divided at these. Names that are hashes are spread evenly over sixteen of them."""
LISTERS = 16
LAST = "\U0010ffff"


class Span(NamedTuple):
    """The names after ``start`` up to and including ``end``."""

    start: str
    end: str


class Page(NamedTuple):
    """Some names of a span.

    Attributes:
        rest: What is still to be listed of the span that was asked for.
    """

    names: list[str]
    rest: Span | None


def s3_names(filesystem: fsspec.AbstractFileSystem, folder: str, uri: str) -> Iterator[str]:
    """Yield the names of the objects directly in ``folder``, in no order; however many, few pages of them are held."""
    first = s3_page(filesystem, folder, uri, Span("", LAST))
    yield from first.names
    if first.rest is None:
        return
    # Each page must be asked for after the one before it, so one after another ten thousand take many minutes.
    bounds = [first.rest.start, *(letter for letter in LETTERS if letter > first.rest.start), LAST]
    with ThreadPoolExecutor(LISTERS) as pool:
        coming = {pool.submit(s3_page, filesystem, folder, uri, Span(*ends)) for ends in pairwise(bounds)}
        while coming:
            done, coming = wait(coming, return_when=FIRST_COMPLETED)
            for page in (future.result() for future in done):
                if page.rest is not None:
                    coming.add(pool.submit(s3_page, filesystem, folder, uri, page.rest))
                yield from page.names


@retried
def s3_page(filesystem: fsspec.AbstractFileSystem, folder: str, uri: str, span: Span) -> Page:
    """Return the first names of a span, a thousand at most."""
    bucket, _, key = folder.partition("/")
    prefix = f"{key}/" if key else ""
    request: dict[str, str] = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}
    if span.start:
        request["StartAfter"] = prefix + span.start
    with translated(uri):
        answer: dict[str, Any] = filesystem.call_s3("list_objects_v2", **request)
    objects = [entry["Key"][len(prefix) :] for entry in answer.get("Contents", ())]
    folders = [entry["Prefix"][len(prefix) :] for entry in answer.get("CommonPrefixes", ())]
    # What is in a folder comes after the folder's own name.
    furthest = max([*objects, *(folder + LAST for folder in folders)], default=span.end)
    goes_on = answer.get("IsTruncated") and furthest < span.end
    names = [name for name in objects if name and name <= span.end]
    return Page(names, Span(furthest, span.end) if goes_on else None)

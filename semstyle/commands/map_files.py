"""The images and maps that ``semstyle map`` reads, and the files that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semstyle.errors import InputError
from semstyle.storage import AllowList

if TYPE_CHECKING:
    from semstyle.maps import SemanticMap


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def read(uri: str) -> Any:
    from semstyle.manifest.inputs import InputReader

    return InputReader(AllowList.trusting()).image(uri)


def read_maps(uris: list[str]) -> list[SemanticMap]:
    from semstyle.manifest.inputs import InputReader

    return list(map(InputReader(AllowList.trusting()).map, uris))


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Within this context ``path`` is written.

    Raises:
        InputError: when it cannot be written.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"--out {path}: cannot be written ({reason}); give another place") from None

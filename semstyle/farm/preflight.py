"""Looking at a manifest's first rows before any worker starts, so that a mistake in all costs seconds, not a night."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from semstyle.engine.named_encoders import VGG19, is_named
from semstyle.errors import SemstyleError
from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import answers
from semstyle.manifest import BadRow, ManifestError, Row, read_rows
from semstyle.manifest.choice import ALL, Choice
from semstyle.storage import AllowList, require_file

ROWS_READ = 1000
MOST_SAMPLED = 32
SECONDS = 20.0
"""How long all images and maps together may take, and all encoders; a server that has not answered then is taken for
silent."""
MOST_KINDS = 5
"""How many kinds of mistakes are named."""
ENCODER = "encoder"


@dataclass(frozen=True)
class Named:
    """The files that the first rows of a manifest name: images and maps, and encoders."""

    images: tuple[str, ...]
    encoders: tuple[str, ...]


def check_inputs(manifest_uri: str, allow: Iterable[str] = (), renders_here: bool = True, choice: Choice = ALL) -> None:
    """Look at a manifest's first rows: one has to be valid, and one file that they name within reach.

    Raises as :func:`named_inputs` and :func:`require_inputs`.
    """
    require_inputs(named_inputs(manifest_uri, choice), allow, renders_here)


def named_inputs(manifest_uri: str, choice: Choice = ALL) -> Named:
    """Return the files that a manifest's first rows name, as far as these meet the condition of ``choice``.

    Raises:
        ManifestError: when the manifest is damaged, has no rows, or each of its first ``ROWS_READ`` rows is invalid.
        StorageError: when the manifest cannot be read.
    """
    images: dict[str, None] = {}
    encoders: dict[str, None] = {}
    invalid: list[BadRow] = []
    for row in islice(filter(choice.meets, read_rows(manifest_uri)), ROWS_READ):
        if isinstance(row, Row):
            images.update((uri, None) for column, uri in row.uris() if column != ENCODER)
            encoders[row.parameters.encoder] = None
        else:
            invalid.append(row)
    if not encoders:
        raise ManifestError(no_render(invalid), manifest_uri)
    return Named(tuple(images), tuple(encoders))


def require_inputs(named: Named, allow: Iterable[str], renders_here: bool) -> None:
    """See whether any of the files can be reached.

    A single file that is missing does not matter here: its rows will fail and say so. The manifest's first rows are
    looked at, also if they are rendered already: the rows that are left may be the few that cannot be rendered.

    Args:
        renders_here: Whether workers run on this machine, so that VGG-19 has to be here or within reach.

    Raises:
        FarmError: when none of the images and maps, or none of the encoders, can be reached.
    """
    allowed = AllowList(tuple(allow))

    def find_encoder(name: str) -> None:
        if not is_named(name):
            find(name)
        elif name == VGG19.name and renders_here:
            find_vgg19()

    def find(uri: str) -> None:
        allowed.check(uri)
        require_file(uri, allowed)

    require_one("images and maps", spread(named.images), find)
    require_one("encoders", spread(named.encoders), find_encoder)


def no_render(invalid: list[BadRow]) -> str:
    """Say why there is nothing to render in a manifest whose first rows are all ``invalid``."""
    if not invalid:
        return "it has no rows, so there is nothing to render"
    first = f"each of the first {ROWS_READ:,} rows" if len(invalid) == ROWS_READ else "each of its rows"
    return f"{first} is invalid, so nothing was started: {by_kind(invalid)}"


def by_kind(rows: Iterable[BadRow]) -> str:
    """List the mistakes in ``rows``, counted by column, with an example of each."""
    examples: dict[str, BadRow] = {}
    counts: dict[str, int] = {}
    for row in rows:
        examples.setdefault(row.column, row)
        counts[row.column] = counts.get(row.column, 0) + 1
    kinds = sorted(counts, key=lambda column: -counts[column])
    named = [
        f"{counts[column]:,} in {column} (row {examples[column].position.row}: {examples[column].message})"
        for column in kinds[:MOST_KINDS]
    ]
    more = sum(counts[column] for column in kinds[MOST_KINDS:])
    return ", ".join([*named, *([f"{more:,} in other columns"] if more else [])])


def find_vgg19() -> None:
    """Raise :class:`StorageError` unless torchvision's weights have been downloaded or can be."""
    import torch
    from torchvision.models import VGG19_Weights

    url = VGG19_Weights.IMAGENET1K_V1.url
    if not (Path(torch.hub.get_dir()) / "checkpoints" / Path(url).name).exists():
        require_file(url)


def spread(uris: Iterable[str]) -> list[str]:
    """Choose at most ``MOST_SAMPLED`` of ``uris``, evenly from first to last."""
    every = list(uris)
    step = max(1, len(every) / MOST_SAMPLED)
    return [every[int(number * step)] for number in range(min(len(every), MOST_SAMPLED))]


def require_one(what: str, names: list[str], find: Callable[[str], None]) -> None:
    """Raise :class:`FarmError` when ``find`` finds none of ``names``, at most ``MOST_SAMPLED``, within ``SECONDS``.

    All are looked for at once, so that one silent server holds up nothing.
    """

    def problem_with(name: str) -> tuple[str, SemstyleError | None]:
        try:
            find(name)
        except SemstyleError as error:
            return name, error
        return name, None

    problems: dict[str, SemstyleError] = {}
    for answer in answers(problem_with, names, SECONDS):
        match answer:
            case (name, SemstyleError() as problem):
                problems[name] = problem
            case (_, None):
                return
    if names:
        first = next((str(problems[name]) for name in names if name in problems), None)
        raise FarmError(
            f"none of {len(names)} {what} that the manifest names can be reached from here, so nothing was started: "
            + (first or f"{names[0]} has not answered within {SECONDS:g} s")
        )

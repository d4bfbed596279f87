"""What is looked at before any worker starts, so that a mistake in all rows costs seconds and not a night."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from semstyle.engine.errors import SemstyleError
from semstyle.farm.archive import in_order
from semstyle.farm.errors import FarmError
from semstyle.manifest import Row, read_rows
from semstyle.manifest.row import ENCODERS
from semstyle.storage import AllowList, require_file

ROWS_READ = 1024
MOST_SAMPLED = 32
ENCODER, VGG19 = "encoder", "vgg19"


def check_inputs(manifest_uri: str, allow: Iterable[str] = (), renders_here: bool = True) -> None:
    """Look for some of the images and maps, and of the encoders' weights, that a manifest's first rows name.

    Single ones that are missing are for their rows' failures to tell. The rows are the manifest's, not the ones that
    are left: those may be the few that cannot be rendered, and have to be told, too.

    Args:
        renders_here: Whether workers run on this machine, so that VGG-19 has to be here or within reach.

    Raises:
        FarmError: when none of the images and maps, or none of the encoders, can be reached.
        ManifestError: when the manifest is damaged.
        StorageError: when the manifest cannot be read.
    """
    allowed = AllowList(tuple(allow))
    images: dict[str, None] = {}
    encoders: dict[str, None] = {}
    for row in islice(read_rows(manifest_uri), ROWS_READ):
        if isinstance(row, Row):
            images.update((uri, None) for column, uri in row.uris() if column != ENCODER)
            encoders[row.parameters.encoder] = None

    def find_encoder(name: str) -> None:
        if name not in ENCODERS:
            find(name)
        elif name == VGG19 and renders_here:
            find_vgg19()

    def find(uri: str) -> None:
        allowed.check(uri)
        require_file(uri, allowed)

    require_one("images and maps", spread(images), find)
    require_one("encoders", spread(encoders), find_encoder)


def find_vgg19() -> None:
    """Raise :class:`StorageError` unless torchvision's weights have been downloaded or can be."""
    import torch
    from torchvision.models import VGG19_Weights

    url = VGG19_Weights.IMAGENET1K_V1.url
    if not (Path(torch.hub.get_dir()) / "checkpoints" / Path(url).name).exists():
        require_file(url)


def spread(uris: Iterable[str]) -> list[str]:
    """At most ``MOST_SAMPLED`` of them, first to last."""
    every = list(uris)
    step = max(1, len(every) / MOST_SAMPLED)
    return [every[int(number * step)] for number in range(min(len(every), MOST_SAMPLED))]


def require_one(what: str, names: list[str], find: Callable[[str], None]) -> None:
    """Raise :class:`FarmError` when ``find`` finds none of ``names``."""

    def problem(name: str) -> SemstyleError | None:
        try:
            find(name)
        except SemstyleError as error:
            return error
        return None

    problems = list(in_order(problem, names))
    if problems and all(problems):
        raise FarmError(
            f"none of {len(problems)} {what} that the manifest names can be reached from here, so nothing was started: "
            f"{problems[0]}"
        )

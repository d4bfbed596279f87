"""Saying in a line what is the matter with maps as a whole; the consequences for single labels need no line then."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from semstyle.maps.painted.colors import TOO_CLOSE, OwnColors

SHOWN = 4
"""How many colours a message names."""


def blurred(maps: Sequence[OwnColors]) -> str | None:
    """Say which of ``maps`` have no flat colours, as a JPEG, and what mends them; None when all have."""
    soft = list({one.name: one for one in maps if one.is_blurred}.values())
    if not soft:
        return None
    clean = list(dict.fromkeys(one.name for one in maps if not one.is_blurred))
    if not clean:
        soft.sort(key=lambda one: one.between)
    commands = [clean_command(one.name, clean or [cleaned(soft[0].name)] * (one is not soft[0])) for one in soft]
    were, their, mend, them = ("were", "their", "mend", "them") if len(soft) > 1 else ("was", "its", "mends", "it")
    return (
        f"{listed(one.name for one in soft)} {were} saved as JPEG or painted with a soft brush: "
        f"{listed(f'{one.between:.1%}' for one in soft)} of {their} pixels have no label's own colour; "
        f"{listed(commands)} {mend} {them}, or save {them} as PNG, painted with a hard brush and scaled without "
        "smoothing"
    )


def unpainted(maps: Sequence[OwnColors]) -> str | None:
    """Say which of ``maps`` are like photographs while others are painted; None if all are alike, as maps of depth."""
    flat = listed(one.name for one in maps if one.has_areas)
    other = [one for one in maps if not one.has_areas]
    if not flat or not other:
        return None
    return (
        f"{listed(one.name for one in other)} can share no colour with {flat}: only "
        f"{listed(f'{one.parts.sum():.1%}' for one in other)} of it is flat, as in a photograph; give its map"
    )


def unshared(style_maps: Sequence[OwnColors], target_map: OwnColors) -> str | None:
    """Say that the target's map has no colour like one of a style's map; None when it has, or a map is not painted."""
    if not all(one.has_areas for one in (*style_maps, target_map)):
        return None
    theirs = np.concatenate([one.values for one in style_maps])
    gaps = np.linalg.norm(theirs[:, None] - target_map.values[None], axis=2)
    if gaps.min() < TOO_CLOSE:
        return None
    styles = listed(dict.fromkeys(one.name for one in style_maps))
    return (
        f"{target_map.name} shares no colour with {styles}: it has {some_of(target_map.names)} where "
        f"{'they have' if len(style_maps) > 1 else 'that has'} "
        f"{some_of([name for one in style_maps for name in one.names])}. Each part will be made of whatever looks like "
        "it; paint both maps in the same colours"
    )


def nearly_alike(kept: OwnColors, other: OwnColors, pairs: Sequence[tuple[str, str]]) -> str:
    """Say that colours of ``other`` are probably meant to be colours of ``kept``; ``pairs`` are (of kept, of other)."""
    shown = [f"{one} and {another}" for one, another in pairs[:SHOWN]]
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return (
        f"{kept.name} and {other.name} differ a little where they probably mean the same: {', '.join(shown)}{more}; "
        f"{clean_command(other.name, [kept.name])} makes them one"
    )


def clean_command(name: str, like: Sequence[str]) -> str:
    """Return the command that snaps the colours of the map ``name`` to flat ones, ready to be typed."""
    others = [word for other in like for word in ("--like", other)]
    return f"`{shlex.join(['semstyle', 'map', 'clean', name, *others, '-o', cleaned(name)])}`"


def cleaned(name: str) -> str:
    """Return a path for the cleaned map of ``name``: beside it, or in the current folder if it is elsewhere."""
    if "://" in name:
        return f"{PurePosixPath(name.split('?')[0]).stem}.clean.png"
    return str(Path(name).with_name(f"{Path(name).stem}.clean.png"))


def some_of(names: Sequence[str]) -> str:
    """Write the first few of ``names``."""
    different = list(dict.fromkeys(names))
    return ", ".join(different[:SHOWN]) + (" …" if len(different) > SHOWN else "")


def listed(words: Iterable[str]) -> str:
    """Write words as in ``a, b and c``; empty when there is none."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last

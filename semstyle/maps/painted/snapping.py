"""Giving every pixel of a painted map one of a few colours, also where an edge, a brush or a JPEG has mixed them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label as connected

from semstyle.maps.painted.colors import NOISE, SAME
from semstyle.maps.painted.flatness import Values, blocks, flat_pixels, reach

Numbers = NDArray[np.intp]
Mask = NDArray[np.bool_]

MIXTURE = 0.1
"""Two colours explain a pixel that is no farther from the line between them; an edge's JPEG noise is allowed for."""
GAMMA = 2.2
RARE = 0.02
"""What is added to the distance from a mixture in linear light, as fewer programs mix so."""
NEARER = 0.5
"""A pixel that no two colours nearby explain has another colour, if its distance is less than this part of theirs."""
MUCH_NEARER = 0.15
"""If its distance is less than this part of theirs, the other colour is certain to be there."""
NEARLY_ALL = 0.9
"""A line lies within an area if this part of what is beside it is the area's; along an edge, half is on either side."""
MUCH_CLOSE = 0.25
"""If something thin is a line, this part of its pixels has the line's very colour."""
SPECK = 4
"""A patch of so many pixels or fewer on an edge is a fault of the JPEG."""
TILE = 2048
MARGIN = 16
"""How far a tile sees beyond its sides, in reaches of a neighbourhood."""


def snapped(values: Values, palette: Values) -> Numbers:
    """Return which of ``palette`` (K, M) each pixel of ``values`` (M, h, w) is to have, (h, w).

    A pixel in a flat area gets the nearest colour. One between areas is taken for a mixture of two colours that are
    flat nearby, and gets the one that it has more of, so that the grey between black and white is no label. Only a
    pixel that no such mixture explains, as of a line too thin to be flat anywhere, gets another colour that it is near.
    """
    size = values.shape[1:]
    numbers = np.empty(size, np.intp)
    radius = reach(size)
    for inside, around, within in tiles(size, MARGIN * radius):
        numbers[inside] = snapped_tile(values[:, *around], palette, radius)[within]
    return numbers


Slices = tuple[slice, slice]


def tiles(size: tuple[int, ...], margin: int) -> Iterator[tuple[Slices, Slices, Slices]]:
    """Cut a map of ``size`` (h, w) into tiles; yields each one's place, that with a margin, and its place in that."""
    for corner in itertools.product(*(range(0, side, TILE) for side in size)):
        inside = [slice(start, min(start + TILE, side)) for start, side in zip(corner, size, strict=True)]
        around = [
            slice(max(0, one.start - margin), min(one.stop + margin, side))
            for one, side in zip(inside, size, strict=True)
        ]
        within = [
            slice(one.start - wide.start, one.stop - wide.start) for one, wide in zip(inside, around, strict=True)
        ]
        yield (inside[0], inside[1]), (around[0], around[1]), (within[0], within[1])


def snapped_tile(values: Values, palette: Values, radius: int) -> Numbers:
    numbers, distances = nearest(values, palette)
    own = distances <= SAME
    if own.all():
        return numbers
    settled = flat_pixels(values, radius) | (blocks(np.where(own, numbers, -1)) & own)
    if settled.all() or not settled.any():
        return numbers
    step = max(1, radius // 2)
    found, misfit = explained(values, palette, numbers, settled, step)
    is_other = (misfit > MIXTURE) & (distances < NEARER * misfit)
    is_other &= with_substance(np.where(is_other, numbers, -1), distances < NOISE)
    is_other &= with_certainty(
        np.where(is_other, numbers, -1), np.where(settled, numbers, found), distances < MUCH_NEARER * misfit
    )
    if is_other.any():  # their own edges are explained by them, too, and by what is nearly of a colour beside them
        settled |= is_other | ((distances < MIXTURE) & (numbers == found))
        found, _ = explained(values, palette, numbers, settled, step)
    return without_specks(np.where(settled, numbers, found), settled | own)


def nearest(values: Values, palette: Values) -> tuple[Numbers, Values]:
    """Return which of ``palette`` (K, M) is nearest to each pixel of ``values`` (M, h, w), and how far it is."""
    best = np.full(values.shape[1:], np.inf, np.float32)
    numbers = np.zeros(values.shape[1:], np.intp)
    for number, color in enumerate(palette):
        distance = np.square(values[0] - color[0])
        for channel, level in zip(values[1:], color[1:], strict=True):
            distance += np.square(channel - level)
        closer = distance < best
        best[closer], numbers[closer] = distance[closer], number
    return numbers, np.sqrt(best)


def explained(values: Values, palette: Values, numbers: Numbers, settled: Mask, step: int) -> tuple[Numbers, Values]:
    """Explain pixels that are not ``settled`` by two colours nearby; returns which each has more of, and its misfit."""
    mixed = ~settled
    found, misfit = np.zeros(mixed.shape, np.intp), np.zeros(mixed.shape, np.float32)
    found[mixed], misfit[mixed] = best_mix(values[:, mixed], palette, nearby(numbers, settled, step))
    return found, misfit


def nearby(numbers: Numbers, settled: Mask, step: int) -> dict[int, Mask]:
    """Return, for each colour that is settled somewhere, which of the P pixels that are not settled have it nearby.

    A colour is nearby when it is no more than about three times as far away as the nearest settled pixel: from the
    middle of an edge's ramp, both of its ends are.
    """
    far = {
        int(number): distances_to(settled & (numbers == number), step)[~settled]
        for number in np.unique(numbers[settled])
    }
    limit = 3 * np.minimum.reduce(list(far.values())) + 2 * step
    return {number: distance <= limit for number, distance in far.items()}


def distances_to(where: Mask, step: int) -> Values:
    """Return each pixel's distance to the nearest of ``where``, (h, w); squares of ``step`` pixels count as one."""
    height, width = where.shape
    squares = np.pad(where, ((0, -height % step), (0, -width % step)))
    some = squares.reshape(squares.shape[0] // step, step, -1, step).any((1, 3))
    coarse = (ndimage.distance_transform_edt(~some) * step).astype(np.float32)
    distances: Values = coarse.repeat(step, 0).repeat(step, 1)[:height, :width]
    return distances


def best_mix(pixels: Values, palette: Values, near: dict[int, Mask]) -> tuple[Numbers, Values]:
    """Find the colour of ``near`` that each of ``pixels`` (M, P) has most of, and its distance from the mix: (P,)."""
    found = np.zeros(pixels.shape[1], np.intp)
    misfit = np.full(pixels.shape[1], np.inf, np.float32)
    for one, has_it in near.items():  # where there is but one colour nearby, it is that
        update(found, misfit, has_it, np.linalg.norm(pixels[:, has_it] - palette[one][:, None], axis=0), one)
    for one, other in itertools.combinations(near, 2):
        both = near[one] & near[other]
        if both.any():
            for path, handicap in paths(palette[one], palette[other]):
                for number, start, end in legs(path, one, other):
                    update(found, misfit, both, distances_to_leg(pixels[:, both], start, end) + handicap, number)
    return found, misfit


def paths(one: Values, other: Values) -> Iterator[tuple[Values, float]]:
    """Yield the two ways from ``one`` (M,) to ``other``, as most programs mix colours and as some do, in linear light.

    A way is some colours (N, M) on it, and what is added to a distance from it, as greys lie on both ways.
    """
    shares = np.linspace(0, 1, 3, dtype=np.float32)[:, None]
    yield (1 - shares) * one + shares * other, 0.0
    if min(one.min(), other.min()) >= 0:
        shares = np.linspace(0, 1, 5, dtype=np.float32)[:, None]
        light = (1 - shares) * one**GAMMA + shares * other**GAMMA
        yield (light ** (1 / GAMMA)).astype(np.float32), RARE


def legs(path: Values, one: int, other: int) -> Iterator[tuple[int, Values, Values]]:
    """Yield the straight parts of a path, each with the colour that it has most of: ``one`` in the first half."""
    for number, (start, end) in enumerate(itertools.pairwise(path)):
        yield (one if 2 * number < len(path) - 1 else other), start, end


def distances_to_leg(pixels: Values, start: Values, end: Values) -> Values:
    """Return the distance of each of ``pixels`` (M, P) from the line from ``start`` (M,) to ``end``: (P,)."""
    along, ahead = end - start, pixels - start[:, None]
    part = ((along @ ahead) / max(float(along @ along), 1e-12)).clip(0, 1)
    off: Values = np.linalg.norm(ahead - along[:, None] * part, axis=0)
    return off


def update(found: Numbers, misfit: Values, where: Mask, off: Values, number: int) -> None:
    """Enter ``number`` for those pixels of ``where`` (P,) whose misfit ``off`` is less than the one they had."""
    before = misfit[where]
    better = off < before
    found[where] = np.where(better, number, found[where])
    misfit[where] = np.where(better, off, before)


def with_substance(others: Numbers, close: Mask) -> Mask:
    """Return where ``others`` (h, w), -1 outside of it, has pieces that are three pixels thick or mostly ``close``."""
    pieces = connected(others, background=-1, connectivity=2)
    pixels = np.bincount(pieces.ravel())
    good = np.bincount(pieces[close], minlength=len(pixels)) >= MUCH_CLOSE * pixels
    good[pieces[blocks(pieces)]] = True
    good &= pixels > SPECK
    kept: Mask = good[pieces]
    return kept


def with_certainty(others: Numbers, around: Numbers, certain: Mask) -> Mask:
    """Return where ``others`` (h, w), which is -1 outside, has pieces that are more than an edge's false colours.

    Where three colours meet, or in a JPEG, an edge looks as if it had another colour. A true piece is ``certain``
    somewhere, as a line's middle is, or lies within a single colour.

    Args:
        around: (h, w), the colours that there would be without these pieces.
    """
    pieces = connected(others, background=-1, connectivity=2)
    good = within_one(pieces, others, around)
    good[pieces[certain]] = True
    kept: Mask = good[pieces]
    return kept


def within_one(pieces: Numbers, others: Numbers, around: Numbers) -> Mask:
    """Return for each of ``pieces`` whether nearly all that is beside it has one colour of ``around``, not its own."""
    color = np.zeros(int(pieces.max()) + 1, np.intp)
    color[pieces] = others
    piece = ndimage.maximum_filter(pieces, 3, mode="nearest")
    beside = (pieces == 0) & (piece > 0) & (around != color[piece])
    count = int(around.max()) + 1
    contacts = np.bincount(piece[beside] * count + around[beside], minlength=count * len(color)).reshape(-1, count)
    within: Mask = contacts.max(1) >= NEARLY_ALL * contacts.sum(1)
    return within


def without_specks(numbers: Numbers, sure: Mask) -> Numbers:
    """Return ``numbers`` (h, w) with patches of a few pixels, none of them ``sure``, filled by what is around them."""
    pieces = connected(numbers, background=-1, connectivity=1) - 1
    is_speck = np.bincount(pieces.ravel()) <= SPECK
    is_speck[np.unique(pieces[sure])] = False
    gone = is_speck[pieces]
    if not gone.any() or gone.all():
        return numbers
    _, (rows, columns) = ndimage.distance_transform_edt(gone, return_indices=True)
    around: Numbers = numbers[rows, columns]
    return around

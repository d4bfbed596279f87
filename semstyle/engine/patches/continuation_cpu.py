"""This module continues matches on a CPU, by one compiled pass of which every thread takes a share of the rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semstyle.engine.patches.continuation import NEIGHBORS, StylePatches
from semstyle.engine.patches.match_cpu import thread_pool
from semstyle.engine.patches.match_kernels import compiled
from semstyle.engine.patches.matching import Matches

LANES = 16
"""A product has so many partial sums, for a compiler to make vectors of; their order is the same on every machine."""


def one_compiled_pass(
    matches: Matches, target: Tensor, style: StylePatches, bonus: float, before: Tensor | None = None
) -> Matches:
    """Do what :func:`semstyle.engine.patches.continuation.one_pass` does, but for the rounding of products."""
    index, correlation = matches.index.clone(), matches.correlation.clone()
    arrays = (
        matches.index.numpy(),
        np.empty((0, 0), np.int64) if before is None else before.numpy(),
        matches.correlation.numpy(),
        target.contiguous().numpy(),
        style.pixels.numpy(),
        style.corners.numpy(),
        style.widths.numpy(),
        style.weights.numpy(),
        np.asarray(style.numbering.firsts),
        np.asarray([columns for _, columns in style.numbering.shapes]),
        np.asarray(NEIGHBORS),
        style.patch_size,
        np.float32(bonus),
        index.numpy(),
        correlation.numpy(),
    )
    rows = index.shape[0]
    threads = min(torch.get_num_threads(), rows)
    if threads == 1:
        continue_rows(0, rows, *arrays)
    else:
        cuts = pairwise(rows * part // threads for part in range(threads + 1))
        list(thread_pool(threads).map(lambda cut: continue_rows(*cut, *arrays), cuts))
    return Matches(index, correlation)


@compiled
def continue_rows(
    top: int,
    bottom: int,
    index: Any,
    before: Any,
    correlation: Any,
    target: Any,
    pixels: Any,
    corners: Any,
    widths: Any,
    weights: Any,
    firsts: Any,
    columns: Any,
    neighbors: Any,
    patch_size: int,
    bonus: Any,
    found_index: Any,
    found_correlation: Any,
) -> None:
    """Put the better matches of the patch rows ``top`` to ``bottom`` into ``found_index`` and ``found_correlation``.

    Args:
        index, correlation: (H', W') the matches so far.
        before: (H', W') the matches before the last pass, or (0, 0). A patch that had the same choice is skipped.
        firsts: The first patch of each source, and the number of all patches.
        columns: The columns of patches in each source.
        neighbors: (8, 2) rows and columns to each neighbour.
    """
    around = len(neighbors)
    offers = np.empty(around, np.int64)
    lanes = np.empty(LANES, np.float32)
    for i in range(top, bottom):
        for j in range(index.shape[1]):
            own = index[i, j]
            changed = len(before) == 0 or before[i, j] != own
            for n in range(around):
                y, x = i + neighbors[n, 0], j + neighbors[n, 1]
                offers[n] = -1
                if 0 <= y < index.shape[0] and 0 <= x < index.shape[1]:
                    changed = changed or before[y, x] != index[y, x]
                    offers[n] = moved(index[y, x], -neighbors[n, 0], -neighbors[n, 1], firsts, columns)
            agreeing = count_of(own, offers, around)
            if agreeing == around or not changed:
                continue
            best = correlation[i, j] * (np.float32(1) + bonus * np.float32(agreeing / around))
            for n in range(around):
                offered = offers[n]
                if offered < 0 or offered == own or count_of(offered, offers, n) or weights[offered] <= 0:
                    continue
                lanes[:] = 0
                for row in range(patch_size):
                    here = target[i + row, j : j + patch_size].reshape(-1)
                    start = corners[offered] + row * widths[offered]
                    add_product(here, pixels[start : start + patch_size].reshape(-1), lanes)
                product = lanes.sum() * weights[offered]
                agreeing = count_of(offered, offers, around)
                score = product * (np.float32(1) + bonus * np.float32(agreeing / around))
                if score > best:
                    best = score
                    found_index[i, j], found_correlation[i, j] = offered, product


@compiled
def count_of(patch: Any, offers: Any, count: int) -> Any:
    """Count how many of the first ``count`` offers are ``patch``."""
    result = 0
    for n in range(count):
        result += offers[n] == patch
    return result


@compiled
def moved(patch: Any, row: Any, column: Any, firsts: Any, columns: Any) -> Any:
    """Return the style patch that lies (row, column) from ``patch``, or -1 beyond the edge of its source."""
    source = 0
    while patch >= firsts[source + 1]:
        source += 1
    wide = columns[source]
    there = (patch - firsts[source]) % wide + column
    result = patch + row * wide + column
    if there < 0 or there >= wide or result < firsts[source] or result >= firsts[source + 1]:
        return -1
    return result


@compiled
def add_product(first: Any, second: Any, lanes: Any) -> None:
    """Add the product of two vectors to ``lanes``, each of which sums up every sixteenth element."""
    whole = len(first) // LANES * LANES
    for start in range(0, whole, LANES):
        for lane in range(LANES):
            lanes[lane] += first[start + lane] * second[start + lane]
    for rest in range(whole, len(first)):
        lanes[rest - whole] += first[rest] * second[rest]

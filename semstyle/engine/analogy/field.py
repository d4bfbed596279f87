"""Which style patch each patch of the image is put together from, and the search for better ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor

from semstyle.engine.analogy.costs import pair_costs
from semstyle.engine.analogy.source_pool import SourcePool
from semstyle.engine.patches.matching import patch_norms

EVERYWHERE = (slice(None), slice(None))
NEIGHBOURS = [(down, right) for down, right in product((-1, 0, 1), repeat=2) if (down, right) != (0, 0)]


class Field:
    """A match for each patch of an image.

    Attributes:
        matches: (H', W') numbers of the pool's patches.
        costs: (H', W') the cost of each match; see :func:`semstyle.engine.analogy.costs.pair_costs`.

    Args:
        target: (H, W, C) features of the image.
        matches: (H', W') the matches to begin with.
    """

    def __init__(self, target: Tensor, pool: SourcePool, matches: Tensor) -> None:
        self.pool = pool
        self.target = target
        self.matches = matches.clone()
        rows, columns = matches.shape
        self.places = torch.arange(target.shape[0] * target.shape[1], device=target.device).view(target.shape[:2])
        self.places = self.places[:rows, :columns]
        self.costs = self._costs(self.places, self.matches, torch.full(matches.shape, torch.inf, device=target.device))

    def search(self, generator: torch.Generator) -> None:
        """Try for each patch what its neighbours have, and random places ever nearer to its match (Barnes 2009)."""
        for part in self._quarters():
            for candidates, inside in self._beside(part):
                self._take_cheaper(part, candidates, inside)
        reach = max(max(shape) for shape in self.pool.numbering.shapes)
        while reach >= 1:
            down, right = self._random_steps(reach, generator)
            self._take_cheaper(EVERYWHERE, *self.pool.shifted(self.matches, down, right))
            reach //= 2

    def cohere(self, slack: float) -> None:
        """Let each patch go on from a neighbour's match where that costs at most (1 + ``slack``) times its own best.

        Neighbours that come from one place in the style make no seam (Ashikhmin 2001; Hertzmann 2001, section 3.2).
        """
        best = self.costs.clone()
        for part in self._quarters():
            limits = (1 + slack) * best[part]
            chosen, least = self.matches[part].clone(), torch.full_like(self.costs[part], torch.inf)
            for candidates, inside in self._beside(part):
                costs = self._costs(self.places[part], candidates, limits).masked_fill_(~inside, torch.inf)
                cheaper = costs < least
                chosen, least = torch.where(cheaper, candidates, chosen), torch.where(cheaper, costs, least)
            taken = least <= limits
            self.matches[part] = torch.where(taken, chosen, self.matches[part])
            self.costs[part] = torch.where(taken, least, self.costs[part])

    def differences(self) -> Tensor:
        """Return Σ_d |x_{i+d} − y_{j+d}|² of each patch and its match, (H', W')."""
        return self.costs - self.pool.patch_sums(self.pool.penalties, self.matches)

    def correlations(self) -> Tensor:
        """Return the normalised cross-correlation of each patch and its match, (H', W') in -1..1."""
        pool = self.pool
        ours = patch_norms(self.target, pool.patch_size)
        theirs = pool.patch_sums(pool.pixels.square().sum(1), self.matches).sqrt()
        return (ours.square() + theirs.square() - self.differences()) / (2 * ours * theirs).clamp_min(1e-12)

    def _quarters(self) -> Iterator[tuple[slice, slice]]:
        """Yield the four choices of every second row and column: such patches are no neighbours, and all may change."""
        for row, column in product((0, 1), repeat=2):
            if row < self.matches.shape[0] and column < self.matches.shape[1]:
                yield slice(row, None, 2), slice(column, None, 2)

    def _beside(self, part: tuple[slice, slice]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield, for each direction, what would continue the neighbours' matches in ``part``, and whether it exists."""
        rows, columns = self.matches.shape
        row = torch.arange(rows, device=self.matches.device)[part[0], None]
        column = torch.arange(columns, device=self.matches.device)[None, part[1]]
        for down, right in NEIGHBOURS:
            there = (row + down).clamp(0, rows - 1), (column + right).clamp(0, columns - 1)
            exists = ((row + down == there[0]) & (column + right == there[1])).expand(len(row), column.shape[1])
            neighbours = self.matches[there]
            candidates, inside = self.pool.shifted(neighbours, -down, -right)
            yield candidates, inside & exists

    def _take_cheaper(self, part: tuple[slice, slice], candidates: Tensor, inside: Tensor) -> None:
        costs = self._costs(self.places[part], candidates, self.costs[part])
        cheaper = inside & (costs < self.costs[part])
        self.matches[part] = torch.where(cheaper, candidates, self.matches[part])
        self.costs[part] = torch.where(cheaper, costs, self.costs[part])

    def _costs(self, places: Tensor, patches: Tensor, limits: Tensor) -> Tensor:
        flat = (places.flatten(), patches.flatten(), limits.flatten())
        return pair_costs(self.target, self.pool, *flat).view(places.shape)

    def _random_steps(self, reach: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        steps = torch.randint(-reach, reach + 1, (2, *self.matches.shape), generator=generator, dtype=torch.int32)
        down, right = steps.to(self.matches.device)
        return down, right

"""This module numbers the patches of several sources together: source by source, and row by row in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor

from semstyle.engine.inputs.phases import Size


@dataclass(frozen=True)
class PatchNumbering:
    """The numbering of patches that lie in rows and columns of several sources.

    Attributes:
        shapes: (rows, columns) of each source's patches, each at least 1.
    """

    shapes: tuple[Size, ...]

    @cached_property
    def firsts(self) -> list[int]:
        """The number of each source's first patch, and after them the number of all patches."""
        return [0, *accumulate(rows * columns for rows, columns in self.shapes)]

    @property
    def count(self) -> int:
        """The number of all patches."""
        return self.firsts[-1]

    def parts(self, values: Tensor) -> Iterator[Tensor]:
        """Yield the part of ``values`` (patches,) that is each source's, as (rows, columns)."""
        for first, (rows, columns) in zip(self.firsts, self.shapes, strict=False):
            yield values[first : first + rows * columns].view(rows, columns)

    def places(self, patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the source, the row and the column of each of ``patches``, int64 of any shape."""
        firsts, shapes = self._tables(patches.device)
        source = torch.bucketize(patches.contiguous(), firsts, right=True) - 1
        within, columns = patches - firsts[source], shapes[source, 1]
        row = within // columns
        return source, row, within - row * columns

    def index(self, source: Tensor, row: Tensor, column: Tensor) -> Tensor:
        """Return the patches' numbers; a row or column beyond the source's last is taken for the last."""
        rows, columns = self.sizes(source)
        firsts, _ = self._tables(source.device)
        return firsts[source] + torch.minimum(row, rows - 1) * columns + torch.minimum(column, columns - 1)

    def sizes(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return how many rows and columns of patches each of the sources ``source`` has."""
        _, shapes = self._tables(source.device)
        rows, columns = shapes[source].unbind(-1)
        return rows, columns

    def _tables(self, device: torch.device) -> tuple[Tensor, Tensor]:
        if device not in self._tables_by_device:  # a GPU is waited for while they are copied there
            tables = torch.tensor(self.firsts[:-1], device=device), torch.tensor(self.shapes, device=device)
            self._tables_by_device[device] = tables
        return self._tables_by_device[device]

    @cached_property
    def _tables_by_device(self) -> dict[torch.device, tuple[Tensor, Tensor]]:
        return {}


def shapes_of(sizes: Sequence[Size], patch_size: int) -> tuple[Size, ...]:
    """Return (rows, columns) of the patches in images of ``sizes``."""
    border = patch_size - 1
    return tuple((height - border, width - border) for height, width in sizes)

"""Remembering the features of styles seen before, as the rows of a grid repeat their styles."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.exactness import convolutions
from semstyle.engine.inputs.phases import Size
from semstyle.engine.inputs.views import View

Features = dict[str, Tensor]
Key = tuple[str, Size, float, tuple[str, ...], torch.device]


class StyleFeatures:
    """Remembers the features of the styles used last; threads may share it.

    Args:
        limit: How many bytes to hold at most, for all encoders together.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.hits = 0
        self._lock = Lock()  # also while encoding: whoever else wants the style waits for its features
        self._held: WeakKeyDictionary[Encoder, OrderedDict[Key, Features]] = WeakKeyDictionary()

    @property
    def bytes(self) -> int:
        return sum(size_of(features) for held in self._held.values() for features in held.values())

    def of(self, encoder: Encoder, style: Tensor, digest: str, view: View, layers: Sequence[str]) -> Features:
        """Return the features at ``layers``, each (C, h, w), of ``view`` of ``style`` (3, H, W); read-only.

        Args:
            digest: A hash of the style's pixels, by which it is known again.
        """
        key = (digest, view.size, view.degrees, tuple(layers), style.device)
        with self._lock:
            held = self._held.setdefault(encoder, OrderedDict())
            if key in held:
                self.hits += 1
                held.move_to_end(key)
                return held[key]
            with torch.no_grad(), convolutions(style.device, may_round=True):
                features = {layer: x[0] for layer, x in encoder(view.of(style)[None], layers).items()}
            if size_of(features) <= self.limit:
                held[key] = features
                self._forget()
            return features

    def _forget(self) -> None:
        """Drop the features that were not used for longest, until the rest fits."""
        excess = self.bytes - self.limit
        for held in self._held.values():
            while held and excess > 0:
                excess -= size_of(held.popitem(last=False)[1])


def size_of(features: Features) -> int:
    """Return how many bytes the features take."""
    return sum(x.nbytes for x in features.values())

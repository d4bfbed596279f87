"""This module tells encoders apart by their weights."""

from __future__ import annotations

import hashlib
from weakref import WeakKeyDictionary

import torch

from semstyle.engine.encoders.encoder import Encoder

_digests: WeakKeyDictionary[Encoder, str] = WeakKeyDictionary()


def weights_digest(encoder: Encoder) -> str | None:
    """Return the SHA-256 of an encoder's weights, their names, types and shapes; None for one without weights.

    It is taken once for each encoder, on whichever device that is.
    """
    if encoder not in _digests:
        digest, weights = hashlib.sha256(), sorted(encoder.state_dict().items())
        if not weights:
            return None
        for name, weight in weights:
            digest.update(f"{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
            digest.update(weight.detach().cpu().reshape(-1).view(torch.uint8).numpy())
        _digests[encoder] = digest.hexdigest()
    return _digests[encoder]

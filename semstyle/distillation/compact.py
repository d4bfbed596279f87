"""This module writes a distilled encoder as the file that :func:`semstyle.engine.load_encoder` reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from semstyle.engine.encoders.encoder import Encoder


def save_compact(encoder: Encoder, path: Path) -> None:
    """Write ``<layer>.weight`` and ``<layer>.bias`` in float16: NumPy alone reads it back.

    Raises:
        ValueError: a weight is beyond float16, which the file would turn into infinity.
    """
    arrays = {
        name.removeprefix("convolutions."): parameter.detach().numpy().astype(np.float16)
        for name, parameter in encoder.named_parameters()
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} does not fit in float16")
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)

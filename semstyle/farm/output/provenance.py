"""What an image was made by, besides its inputs and parameters, so that two nights can be told apart by their cause."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """The software and the weights of a render; None for what there was none of, or is not known.

    Attributes:
        encoder_sha256: SHA-256 of the encoder's weights, as they are in memory.
        semstyle_commit: The commit that was checked out, where semstyle runs from a checkout.
        driver_version: NVIDIA's driver, on a GPU.
    """

    encoder_sha256: str | None = None
    semstyle_commit: str | None = None
    torch_version: str | None = None
    ray_version: str | None = None
    python_version: str | None = None
    driver_version: str | None = None

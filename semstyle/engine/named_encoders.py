"""The encoders that a render may name: what each is, and where its code is.

An encoder is added with one function that loads it, and one entry of :data:`ENCODERS`. Nothing here imports torch, so
that manifests can be read and checked without it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamedEncoder:
    """What the rest of the program has to know about an encoder.

    Attributes:
        name: As the parameter ``encoder`` has it.
        meaning: What a help text says about it, or nothing.
        loader: Entry point, ``module:function``, of a function that is given the pooling (``average`` or ``max``) and
            returns the encoder.
        widths: Channels of each of its blocks; empty where its weights say.
        mean, deviation: What colours are normalised by before its first layer, by channel; None where images go in as
            they are.
        pooling_gain: Factor on average-pooled activations.
        has_precision: Whether it can compute in bfloat16.
        is_downloaded: Whether its weights come from a server when it is first used.
        pixel_seconds: Seconds that one slow thread takes for a pixel of one evaluation: forward, backward, and the
            optimiser's step. Four times what docs/benchmarks.md has for two threads of a good CPU.
        pair_seconds: Seconds that such a thread takes for a pair of an image's and a style's patch, in matching once.
    """

    name: str
    meaning: str
    loader: str
    widths: tuple[int, ...] = ()
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None
    pooling_gain: float = 1.0
    has_precision: bool = True
    is_downloaded: bool = False
    pixel_seconds: float = 1.5e-6
    pair_seconds: float = 4e-9


COMPACT = NamedEncoder("compact", "in the package", "semstyle.engine.encoders.loading:load_compact")
VGG19 = NamedEncoder(
    "vgg19",
    "",
    "semstyle.engine.encoders.loading:load_vgg19",
    widths=(64, 128, 256, 512, 512),
    mean=(0.485, 0.456, 0.406),
    deviation=(0.229, 0.224, 0.225),
    pooling_gain=2.0,  # keeps the activations' range where max pooling, with which VGG-19 was trained, had it
    is_downloaded=True,
    pixel_seconds=25e-6,
    pair_seconds=16e-9,
)
PIXELS = NamedEncoder("pixels", "no network", "semstyle.engine.encoders.pixels:load_pixels", has_precision=False)
ENCODERS = {encoder.name: encoder for encoder in (COMPACT, VGG19, PIXELS)}
"""All named encoders by name, the default first."""


def is_named(encoder: str) -> bool:
    """Whether the parameter ``encoder`` names one of :data:`ENCODERS`; else it is the URI of a file of weights."""
    return encoder in ENCODERS


def described(encoder: str) -> NamedEncoder:
    """Describe the encoder that the parameter ``encoder`` names; a file of weights is taken for the largest, VGG-19."""
    return ENCODERS.get(encoder, VGG19)


def meanings() -> str:
    """List the encoders with their meanings, as in ``compact (in the package), vgg19, pixels (no network)``."""
    return ", ".join(f"{one.name} ({one.meaning})" if one.meaning else one.name for one in ENCODERS.values())

"""The parameters of a render, under the paper's names (Champandard 2016)."""

# Annotations stay types here, and do not become text: values are checked against them.
import dataclasses
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from semstyle.engine.label_weights import LabelWeight, parse_label_weights
from semstyle.engine.layers import LAYERS, block_of
from semstyle.engine.methods import METHODS, Method, meanings
from semstyle.engine.named_encoders import ENCODERS
from semstyle.engine.named_encoders import meanings as encoder_meanings
from semstyle.engine.names import nearest
from semstyle.engine.parameter import checked, checked_choice, parameter, plain
from semstyle.engine.presets import PRESET, PRESETS
from semstyle.errors import ParameterError
from semstyle.image_formats import FORMATS, PNG

MAP_ENCODINGS = ("color", "labels", "raw")
REMATCHES = ("scheduled", "every")
PRECISIONS = ("single", "bfloat16")
POOLINGS = ("average", "max")
INITS = ("noise", "content")
COLORS = ("style", "content")
PRESERVATIONS = ("none", "photo")
PRECONDITIONERS = ("none", "frequency")
DEFAULT_CONTENT_WEIGHT = 10.0
"""The default of α when there is a content image."""
NO_LAYERS = "none"
MOST_STYLES = 16
MOST_VIEWS = 64
"""How many views a render may have at most: styles times rotations times scales."""


@dataclass(frozen=True)
class Parameters:
    """Everything that shapes one image besides its input images. Immutable and checked when made.

    Those of ``style_layers``, ``detail_layers`` and ``variety`` that are not given become the method's, and ``quality``
    the format's, so that a record says what was used.

    Raises:
        ParameterError: when a value has the wrong type or is out of its range.
    """

    method: str = parameter(next(iter(METHODS)), meanings(list(METHODS.values())), choices=METHODS)
    content_weight: float | None = parameter(
        None, "α, content reconstruction; 10 with a content image, 0 without", low=0, high=1e6
    )
    content_weights: tuple[str, ...] | None = parameter(
        None, "factors on α where the target map has these colours, such as #ff0000=3,#00ff00=0.5; elsewhere 1"
    )
    style_weight: float = parameter(25.0, "β, style patches; the paper's range is 25–250", low=0, high=1e6)
    semantic_weight: float = parameter(
        50.0, "γ; 50 = maps and activations have equal range, 0 = maps ignored, exactly", low=0, high=1e6
    )
    style_layers: tuple[str, ...] = parameter(
        None, "layers whose patches are matched; with gram 1_1,2_1,3_1,4_1,5_1 by default", choices=LAYERS
    )
    detail_layers: tuple[str, ...] = parameter(
        None,
        "finer layers that follow the matches of style_layers: crisp strokes; with semantic and patch 1_1,2_1, or none",
        choices=LAYERS,
        empty=NO_LAYERS,
    )
    content_layers: tuple[str, ...] = parameter(("4_2",), "layers of the content loss", choices=LAYERS)
    patch_size: int = parameter(3, "side of a patch, odd", low=1, high=9)
    size: int = parameter(512, "long side of the output in pixels", low=32, high=8192)
    aspect: float | None = parameter(
        None,
        "width / height of an output that has neither target map nor content; default the style's",
        low=0.05,
        high=20,
    )
    phases: int | None = parameter(
        None,
        "scales, each twice the one before; 3, more above 724 pixels: the coarsest is near 128 (analogy: 48)",
        low=1,
        high=8,
    )
    iterations: int = parameter(100, "function evaluations in each phase, at most (see tolerance)", low=1, high=10_000)
    passes: int = parameter(3, "of analogy, which has no iterations, over each scale", low=1, high=100)
    coherence: float = parameter(
        5.0, "how readily patches go on where their neighbours come from; 0 = each is found alone", low=0, high=1e3
    )
    smoothness: float = parameter(1.0, "total variation", low=0, high=1e6)
    variety: float = parameter(
        None, "how fast style patches become dear that are used more than their share; 1, analogy 0", low=0, high=1e3
    )
    rotations: tuple[float, ...] = parameter(
        (0.0,), "degrees by which styles are turned, such as 0,15,-15; patches of all are used", low=-360, high=360
    )
    scales: tuple[float, ...] = parameter(
        (1.0,), "sizes at which styles are used, such as 1,0.7,1.4; 2 doubles their motifs", low=0.25, high=4
    )
    style_shares: tuple[float, ...] | None = parameter(
        None, "how much each style is favoured, such as 3,1; 0 leaves it out; default all alike", low=0, high=1e6
    )
    preserve_color: str = parameter(
        "style",
        "whose colours the image has: style, or content (its own, and only luminance is made anew)",
        choices=COLORS,
    )
    preserve: str = parameter(
        "none",
        "what is put back of the content at the end: none, or photo (its edges and fine detail, in the colours made)",
        choices=PRESERVATIONS,
    )
    init: str = parameter("noise", "noise, content, or the URI of an image to start from", words=INITS)
    seed: int = parameter(0, "of the noise", low=0, high=2**63 - 1)
    encoder: str = parameter(
        next(iter(ENCODERS)), f"{encoder_meanings()}, or the URI of VGG-19 weights", words=ENCODERS
    )
    pooling: str = parameter("average", "average or max; compact is made for average", choices=POOLINGS)
    precision: str = parameter(
        "single",
        "of the encoder: single, or bfloat16 (faster where the device has it, another picture)",
        choices=PRECISIONS,
    )
    map_encoding: str = parameter(
        "color", "color (colours lifted onto a sphere), labels (one-hot), or raw (the paper's)", choices=MAP_ENCODINGS
    )
    precondition: str = parameter(
        "none",
        "of L-BFGS: none, or frequency (coarse structure first: a lower loss in few iterations, with calmer strokes)",
        choices=PRECONDITIONERS,
    )
    tolerance: float = parameter(
        0.005,
        "the finest phase ends when a third more evaluations lower its loss by less than this share; 0 = never before",
        low=0,
        high=1,
    )
    rematch: str = parameter("scheduled", "scheduled, or every (match anew at every evaluation)", choices=REMATCHES)
    format: str = parameter(PNG.name, "of the image's file: png, webp or jpeg", choices=FORMATS)
    quality: int | None = parameter(
        None, "of webp and jpeg, 95 by default; webp at 100 loses nothing, and png never does", low=1, high=100
    )

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            object.__setattr__(self, spec.name, checked(spec, getattr(self, spec.name)))
        if self.style_layers is None:
            object.__setattr__(self, "style_layers", self.traits.style_layers)
        if self.variety is None:
            object.__setattr__(self, "variety", self.traits.variety)
        if self.quality is None or self.default_quality is None:
            object.__setattr__(self, "quality", self.default_quality)
        self._settle_details()
        if self.content_weights is not None and not self.traits.optimises:
            raise ParameterError("content_weights", f"method {self.method} has no content loss; leave it out")
        if self.patch_size % 2 == 0:
            raise ParameterError("patch_size", f"{self.patch_size} is even; use an odd number")
        if self.size > FORMATS[self.format].largest_side:
            most = FORMATS[self.format].largest_side
            raise ParameterError("size", f"{self.size} is more than the {most:,} pixels that {self.format} can have")
        for name in ("rotations", "scales"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ParameterError(name, "name each number once")
        if self.style_shares is not None and not any(self.style_shares):
            raise ParameterError("style_shares", "all are 0; at least one style must be used")

    @property
    def default_details(self) -> tuple[str, ...]:
        """Those of the method's detail layers that are finer than all of ``style_layers``."""
        return tuple(layer for layer in self.traits.detail_layers if self._is_finer(layer))

    @property
    def default_quality(self) -> int | None:
        """The quality of the image's format; None where nothing is ever lost."""
        return FORMATS[self.format].quality

    def _is_finer(self, layer: str) -> bool:
        return block_of(layer) < min(map(block_of, self.style_layers))

    def _settle_details(self) -> None:
        if self.detail_layers is None:
            object.__setattr__(self, "detail_layers", self.default_details)
        for layer in self.detail_layers:
            if not self._is_finer(layer):
                raise ParameterError("detail_layers", f"{layer} is no finer than style_layers; name layers before them")
        if self.detail_layers and not self.traits.detail_layers:
            raise ParameterError("detail_layers", f"method {self.method} has none; leave it out, or give none")

    @property
    def label_weights(self) -> tuple[LabelWeight, ...]:
        """What ``content_weights`` says: factors on α in the regions of the target map; none where it is not given."""
        return () if self.content_weights is None else parse_label_weights(self.content_weights)

    @property
    def traits(self) -> Method:
        """The method: what it is and what it needs."""
        return METHODS[self.method]

    @property
    def evaluations(self) -> int:
        """How many rows of the trace each phase has."""
        asked = self.traits.evaluations
        return asked if isinstance(asked, int) else int(getattr(self, asked))

    @property
    def traced_layers(self) -> tuple[str, ...]:
        """The layers whose style losses are in the trace."""
        return (*self.style_layers, *self.detail_layers) if self.traits.optimises else ()

    def batch_key(self, shape: Hashable) -> tuple[Hashable, ...]:
        """Return what must be the same in all renders that are made side by side.

        Args:
            shape: The sizes of the images to make, or what stands for them while these are not known yet.
        """
        method = (self.traits.together or self.method, self.traits.matches)
        encoder = (self.encoder, self.pooling, self.precision) if self.traits.needs_encoder else ()
        return (*method, *encoder, self.evaluations, self.rematch, shape)

    def weight_of_content(self, has_content: bool) -> float:
        """Return α: as given, else 10, if there is a content image; always 0 without one."""
        if not has_content:
            return 0.0
        return DEFAULT_CONTENT_WEIGHT if self.content_weight is None else self.content_weight

    def settled(self, has_content: bool, phases: int) -> Self:
        """Return the same with the defaults that a render settles, so that its record says what was used.

        Args:
            has_content: Whether the render had a content image.
            phases: How many phases it had.
        """
        weight = DEFAULT_CONTENT_WEIGHT if has_content else 0.0
        return dataclasses.replace(
            self,
            content_weight=weight if self.content_weight is None else self.content_weight,
            phases=self.phases or phases,
        )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Make parameters from names and values, which may be text; ``None`` means the default.

        Args:
            values: May also name a ``preset``, whose values replace the defaults.

        Raises:
            ParameterError: also when a name is unknown.
        """
        known = {PRESET, *(spec.name for spec in dataclasses.fields(cls))}
        for name in values:
            if name not in known:
                raise ParameterError(name, f"no such parameter{nearest(name, sorted(known))}")
        given = {name: value for name, value in values.items() if value is not None}
        preset = given.pop(PRESET, None)
        beneath = {} if preset is None else PRESETS[checked_choice(PRESET, preset, PRESETS)]
        return cls(**{**beneath, **given})

    def as_dict(self) -> dict[str, Any]:
        """Return names and values as a manifest or a record holds them: lists are comma-separated text."""
        return {
            name: ",".join(map(plain, value)) or NO_LAYERS if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

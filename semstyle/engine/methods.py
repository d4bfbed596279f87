"""The methods by which an image is made: what each is, what it needs, and where its code is.

A method is added with one module, which makes an image of a request, and one entry of :data:`METHODS`. Nothing here
imports torch, so that manifests can be read and checked without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PATCH_LAYERS = ("3_1", "4_1")
DETAIL_LAYERS = ("1_1", "2_1")
GRAM_LAYERS = ("1_1", "2_1", "3_1", "4_1", "5_1")
OPTIMISED = "semstyle.engine.optimised.method:render_optimised"
OPTIMISED_TOGETHER = "semstyle.engine.optimised.method:render_together"
PATCH_LOSSES = "semstyle.engine.optimised.style_losses:patch_losses"


@dataclass(frozen=True)
class Method:
    """What the rest of the program has to know about a method.

    Entry points are written ``module:function`` and are imported when they are first used.

    Attributes:
        name: As the parameter ``method`` has it.
        meaning: What a help text says about it, or nothing.
        entry: Entry point of a function that makes one image; see :data:`semstyle.engine.renderer.RenderOne`.
        together: Entry point of a function that makes several images of one shape at once on a GPU; see
            :data:`semstyle.engine.renderer.RenderTogether`. None renders them one after another.
        style_losses: Entry point of a function that makes the style's part of the loss; None for a method that
            optimises nothing.
        remarks: Entry point of a function that says what to know about a finished image, given its parameters and its
            number of evaluations; None says nothing.
        style_layers: Layers of the encoder that it uses by default.
        detail_layers: Finer layers that follow the matches of those by default.
        variety: How fast patches become dear by default that are used more than their share.
        needs_encoder: Whether it looks at an encoder's features; if not, it works on pixels.
        needs_content: Whether there must be a content image.
        uses_maps: Whether it looks at semantic maps, where there are some.
        matches: Whether it searches for patches; the parameter ``rematch`` says when.
        evaluations: The name of the parameter that says how many rows each phase has in the trace, or their number.
        coarsest: Long side in pixels at which a render starts by default: its layout is settled where patches see much
            of it. None makes the image at its full size at once.
        style_ratio: Factor on β, which makes α = 10 and β = 25 balance as in the paper's figure 5.
        content_ratio: Factor on α, which does the same.
        averages_layers: Whether β weighs the mean of the layers' losses, instead of their sum.
        pixel_seconds: Seconds that one slow thread takes for a pixel of one evaluation and of one style; None where
            that depends on the encoder.
        cost_exponent: To what power of its pixels a phase's cost grows.
    """

    name: str
    meaning: str
    entry: str = OPTIMISED
    together: str | None = OPTIMISED_TOGETHER
    style_losses: str | None = PATCH_LOSSES
    remarks: str | None = None
    style_layers: tuple[str, ...] = PATCH_LAYERS
    detail_layers: tuple[str, ...] = ()
    variety: float = 0.0
    needs_encoder: bool = True
    needs_content: bool = False
    uses_maps: bool = True
    matches: bool = True
    evaluations: str | int = "iterations"
    coarsest: int | None = 128
    style_ratio: float = 1.0
    content_ratio: float = 10.0
    averages_layers: bool = False
    pixel_seconds: float | None = None
    cost_exponent: float = 1.3  # between the encoder's 1 and matching's 2

    @property
    def optimises(self) -> bool:
        """Whether it minimises a loss over the pixels."""
        return self.style_losses is not None


SEMANTIC = Method("semantic", "", detail_layers=DETAIL_LAYERS, variety=1.0)
PATCH = Method("patch", "no maps: Li & Wand 2016", uses_maps=False, detail_layers=DETAIL_LAYERS, variety=1.0)
GRAM = Method(
    "gram",
    "Gatys 2015; with maps by region",
    style_losses="semstyle.engine.optimised.style_losses:gram_losses",
    remarks="semstyle.engine.optimised.gram:remarks",
    style_layers=GRAM_LAYERS,
    matches=False,
    style_ratio=10.0,  # content stays plain at β = 25 and is gone at 250
    content_ratio=8.0,
    averages_layers=True,  # Gatys 2015, w_l: layers may be added
)
ANALOGY = Method(
    "analogy",
    "Hertzmann 2001; pixels, no network",
    entry="semstyle.engine.analogy.method:render_analogy",
    together=None,
    style_losses=None,
    needs_encoder=False,
    evaluations="passes",
    coarsest=48,  # patches of pixels see less than those of a network
    pixel_seconds=3e-5,
    cost_exponent=0.9,  # all pairs are compared at coarse scales only
)
COLOR = Method(
    "color",
    "the style's colours for the content's, by label",
    entry="semstyle.engine.recolor.method:render_recolored",
    together=None,
    style_losses=None,
    needs_encoder=False,
    needs_content=True,
    matches=False,
    evaluations=1,
    coarsest=None,
    pixel_seconds=1e-5,
    cost_exponent=0.9,
)

METHODS = {method.name: method for method in (SEMANTIC, PATCH, GRAM, ANALOGY, COLOR)}
"""All methods by name, the default first."""


def meanings(methods: Sequence[Method]) -> str:
    """List methods with their meanings, as in ``semantic, patch (no maps), or color (…)``."""
    *first, last = (f"{method.name} ({method.meaning})" if method.meaning else method.name for method in methods)
    return f"{', '.join(first)}, or {last}"

"""What the work of a render is counted in."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Quantity(StrEnum):
    """A unit of work; the rate of each is the seconds that one takes.

    An element is one channel of one pixel of a layer's features, a pair a patch of the image and one of a style.
    """

    RENDER = "render"
    """A render that optimises, however small."""
    MAPPED_PIXEL = "mapped_pixel"
    """A pixel of a semantic map at its own size, once in a render that optimises."""
    EVALUATION = "evaluation"
    """An evaluation of the loss, however small its image."""
    ENCODER = "encoder"
    """A second that the encoder alone takes, there and back, by its own rate for each pixel."""
    OPTIMISED_PIXEL = "optimised_pixel"
    """A pixel of an evaluation: L-BFGS and smoothness."""
    PRECONDITIONED_PIXEL = "preconditioned_pixel"
    """A pixel of an evaluation whose gradient is filtered."""
    LOSS_ELEMENT = "loss_element"
    """An element of an evaluation's patch and content losses."""
    GRAM_ELEMENT = "gram_element"
    """An element of which an evaluation's Gram matrices are made."""
    GRAM_PRODUCT = "gram_product"
    """A product of two elements of a pixel, for an evaluation's Gram matrix of one region."""
    MATCH = "match"
    """A layer that is matched anew, however small."""
    MATCHED_PAIR = "matched_pair"
    MATCHED_PRODUCT = "matched_product"
    """A pair times a channel."""
    MATCHED_PATCH = "matched_patch"
    """A patch of the image or of a style: prices, votes."""
    CONTINUED_PATCH = "continued_patch"
    """A patch of the image that may go on where its neighbours come from."""
    FOLLOWED_ELEMENT = "followed_element"
    """An element of a detail layer that follows new matches."""
    PHASE = "phase"
    STYLE_ENCODER = "style_encoder"
    """A second of the encoder, as of ``ENCODER``, for the styles at the size of a phase."""
    STYLE_ELEMENT = "style_element"
    """An element of a style's features, at the beginning of a phase."""
    PASS = "pass"
    """A pass of the method analogy."""
    PASS_PAIR = "pass_pair"
    PASS_PRODUCT = "pass_product"
    """A pair of pixels' patches times a channel, where all are compared."""
    SEARCHED_PRODUCT = "searched_product"
    """A patch times a channel and a place where it is looked for, in a pass over a finer scale."""
    COHERENT_PRODUCT = "coherent_product"
    """A patch times a channel, in a pass with coherence."""
    SCALE_PIXEL = "scale_pixel"
    """A pixel of the image or of a style, at the beginning of a scale of the method analogy."""
    RECOLOR = "recolor"
    RECOLORED_PIXEL = "recolored_pixel"
    RECOLORED_REGION = "recolored_region"
    """A pixel of the image or of a style, of the method color, and one in each region of maps."""
    LOAD = "load"
    DECODED_PIXEL = "decoded_pixel"
    JUDGE = "judge"
    JUDGED_PIXEL = "judged_pixel"
    """A pixel of the image, a style or the content at the size at which they are judged."""
    JUDGED_PAIR = "judged_pair"
    INSPECTED_PIXEL = "inspected_pixel"
    """A pixel of the image or of a style at its own size, for the metrics of grain."""
    STORE = "store"
    STORED_PIXEL = "stored_pixel"
    MADE_MAP = "made_map"
    """An image of which a map is made."""
    MADE_MAP_PIXEL = "made_map_pixel"


Work = Counter[Quantity]
"""How much there is of each quantity; amounts need not be whole."""


def times(work: Work, factor: float) -> Work:
    """Return ``work`` done ``factor`` times."""
    return Counter({quantity: factor * amount for quantity, amount in work.items()})

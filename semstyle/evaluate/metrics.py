"""This module names the metrics in every record, and says how to read them; docs/metrics.md says more.

It is apart from what computes them, so that a report need not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A number by which finished renders are judged.

    Attributes:
        best: The value of the style itself, or of the content itself for ``content_distance`` and ``structure``.
        limit: The largest possible value, or None.
    """

    name: str
    best: float
    limit: float | None
    meaning: str


METRICS = (
    Metric("semantic_leak", 0, 1, "share of patches that look most like another label's part of the style"),
    Metric("matches_across_labels", 0, 1, "share of the matches that the render used that cross labels"),
    Metric("patch_coverage", 1, 1, "share of the style's patches in use"),
    Metric("repetition", 1, None, "uses of the most used style patches, over their fair share"),
    Metric("coherence", 1, 1, "share of neighbouring patches that are neighbours in the style too"),
    Metric("style_distance", 0, None, "distance of each patch from the nearest of the style, in the style's variance"),
    Metric("style_wasserstein", 0, None, "distance of all features from the style's, in its standard deviation"),
    Metric("sifid", 0, None, "Fréchet distance of features from the style's (single-image FID)"),
    Metric("gram_distance", 0, None, "distance of each label's Gram matrix from the style's, over its norm"),
    Metric("sliced_patch_distance", 0, None, "distance of 7×7 pixels from the style's, in its standard deviation"),
    Metric("content_distance", 0, None, "distance from the content's features, in the content's variance"),
    Metric("structure", 1, 1, "likeness of edges to the content's (SSIM of edge maps)"),
    Metric("label_color_distance", 0, None, "distance of each label's colours from the style's, in ΔE of CIELAB"),
    Metric("sharpness", 1, None, "slope of edges, over the style's"),
    Metric("high_frequency_ratio", 1, None, "energy of grain, over the style's"),
    Metric("weave", 1, None, "how strongly the fine texture repeats itself, over the style's"),
)

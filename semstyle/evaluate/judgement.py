"""This module computes a finished render's metrics, the same for every method, encoder and weight, for comparison."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import torch

from semstyle.engine import Parameters, Rendering, Request, encoder_of
from semstyle.engine.exactness import exact
from semstyle.evaluate.color import label_color_distance
from semstyle.evaluate.distance import content_distance, style_wasserstein
from semstyle.evaluate.frechet import sifid
from semstyle.evaluate.grain import high_frequency_ratio, sharpness
from semstyle.evaluate.gram_distance import gram_distance
from semstyle.evaluate.labels import MapLabels, labels_of
from semstyle.evaluate.leak import matches_across_labels, semantic_leak
from semstyle.evaluate.nearest import Nearest, nearest
from semstyle.evaluate.sight import CONTENT_LAYER, Sight, look
from semstyle.evaluate.sliced_patches import sliced_patch_distance
from semstyle.evaluate.structure import structure
from semstyle.evaluate.usage import coherence, patch_coverage, repetition
from semstyle.evaluate.weave import weave

Metric = Callable[[Nearest], float | None]


@torch.no_grad()
def judge(request: Request, rendering: Rendering, device: str | torch.device = "cpu") -> dict[str, float]:
    """Return numbers by the names in :data:`semstyle.evaluate.metrics.METRICS`, without those that have no meaning.

    Images are judged with the ``compact`` encoder, at 384 × 384 pixels' area at most but for the metrics of grain.
    Metrics of features are means over the layers 3_1 and 4_1, but ``sifid`` is of 3_1, ``content_distance`` of 4_2 and
    ``matches_across_labels`` of the render's own layers. ``matches_across_labels`` needs matches and maps,
    ``semantic_leak`` and ``label_color_distance`` need maps, ``content_distance`` and ``structure`` need a content.
    ``judge_seconds`` is the time that all this took.
    """
    begun = time.perf_counter()
    with exact(torch.device(device)):
        metrics = measured(request, rendering, torch.device(device))
    return known({**metrics, "judge_seconds": time.perf_counter() - begun})


def measured(request: Request, rendering: Rendering, device: torch.device) -> dict[str, float | None]:
    """Return all metrics but the time they took; None where one has no meaning."""
    image = rendering.image.to(device).clamp(0, 1)
    styles = [style.to(device) for style in request.styles]
    content = None if request.content is None else request.content.to(device)
    sight = look(image, styles, content, encoder_of(Parameters()).to(device))
    labels = labels_in(request)
    return {
        **patch_metrics(sight, labels),
        **match_metrics(rendering, labels),
        **image_metrics(sight, labels),
        "sharpness": sharpness(image, styles),
        "high_frequency_ratio": high_frequency_ratio(image, styles),
        "weave": weave(image, styles),
    }


def labels_in(request: Request) -> MapLabels | None:
    """Return the labels of the maps that were given, whether the method used them or not."""
    if request.target_map is None or not request.style_maps:
        return None
    return labels_of(request.target_map, request.style_maps)


def patch_metrics(sight: Sight, labels: MapLabels | None) -> dict[str, float | None]:
    """Return the metrics of the nearest style patches."""
    found = [
        nearest(sight.output.features[layer], [style.features[layer] for style in sight.styles])
        for layer in sight.patch_layers
    ]
    metrics: dict[str, Metric] = {
        "patch_coverage": patch_coverage,
        "repetition": repetition,
        "coherence": coherence,
        "style_distance": style_distance,
    }
    if labels is not None:
        metrics = {"semantic_leak": lambda nearest: semantic_leak(nearest, labels), **metrics}
    return {name: mean_over([metric(nearest) for nearest in found]) for name, metric in metrics.items()}


def match_metrics(rendering: Rendering, labels: MapLabels | None) -> dict[str, float | None]:
    """Return the metrics of the render's own matches, if it had any."""
    if labels is None:
        return {}
    across = [matches_across_labels(origins, labels) for origins in rendering.origins.values()]
    return {"matches_across_labels": mean_over(across)}


def style_distance(nearest: Nearest) -> float:
    """Return how far each patch is from the nearest patch of the style, 0 or more.

    It is the mean |x_i − y_NN(i)|² per element, in units of the styles' variance: 0 when every patch is one of the
    style's, 1 when the styles' mean would be as near.
    """
    return float(nearest.distance.mean())


def image_metrics(sight: Sight, labels: MapLabels | None) -> dict[str, float | None]:
    """Return the metrics of whole images."""
    output, styles = sight.output, sight.styles
    by_layer = [(output.features[layer], [style.features[layer] for style in styles]) for layer in sight.patch_layers]
    metrics: dict[str, float | None] = {
        "style_wasserstein": mean_over([style_wasserstein(*features) for features in by_layer]),
        "sifid": sifid(*by_layer[0]) if by_layer else None,
        "gram_distance": mean_over([gram_distance(*features, labels) for features in by_layer]),
        "sliced_patch_distance": sliced_patch_distance(output.image, [style.image for style in styles]),
    }
    if sight.content is not None:
        metrics["structure"] = structure(output.image, sight.content.image)
        if CONTENT_LAYER in output.features:
            metrics["content_distance"] = content_distance(
                output.features[CONTENT_LAYER], sight.content.features[CONTENT_LAYER]
            )
    if labels is not None:
        metrics["label_color_distance"] = label_color_distance(output.image, [view.image for view in styles], labels)
    return metrics


def mean_over(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return fmean(there) if there else None


def known(metrics: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if value is not None and math.isfinite(value)}

"""This module adds a finished render's metrics to it, on their way into its record."""

from __future__ import annotations

from dataclasses import replace

import torch

from semstyle.engine import Rendering, Request
from semstyle.evaluate.judgement import judge
from semstyle.storage import one_line

UNJUDGED = "stored without metrics: earlier attempts died, and this was the last"


def judged(request: Request, rendering: Rendering, device: torch.device) -> tuple[Rendering, Exception | None]:
    """Return the rendering with its metrics and None, or the rendering as it was and the error of a metric.

    No error is raised: the image is finished, and worth more than the numbers about it. But one that stays with the
    device concerns whoever renders next.
    """
    try:
        metrics = judge(request, rendering, device)
    except Exception as error:
        return rendering, error
    return replace(rendering, metrics={**rendering.metrics, **metrics}), None


def without_metrics(error: Exception) -> str:
    """Say in one line that a rendering has no metrics, and why."""
    return one_line(f"stored without metrics: {type(error).__name__}: {error}")

"""This module adds a finished render's metrics to it, on their way into its record."""

from __future__ import annotations

from dataclasses import replace

import torch

from semstyle.engine import Rendering, Request
from semstyle.evaluate.judgement import judge
from semstyle.storage import one_line

UNJUDGED = "stored without metrics: earlier attempts died, and this was the last"


def judged(request: Request, rendering: Rendering, device: torch.device) -> tuple[Rendering, str]:
    """Return the rendering with its metrics and an empty text, or the rendering as it was and why it has none.

    No error of a metric is raised: the image is finished, and worth more than the numbers about it.
    """
    try:
        metrics = judge(request, rendering, device)
    except Exception as error:
        return rendering, one_line(f"stored without metrics: {type(error).__name__}: {error}")
    return replace(rendering, metrics={**rendering.metrics, **metrics}), ""

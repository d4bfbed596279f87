"""Every metric is explained, and every name that is explained is a metric."""

from __future__ import annotations

import re
from pathlib import Path

from semstyle.evaluate.metrics import METRICS

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()


def test_the_page_lists_the_metrics_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == [metric.name for metric in METRICS]
    # What the style itself has tells nothing of how far it is from the content.
    assert {name: best for name, best in rows if best != "–"} == {
        metric.name: f"{metric.best:g}" for metric in METRICS if metric.name not in {"content_distance", "structure"}
    }

"""A scene that was rendered twice, before and now, and how its numbers have changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from semstyle.counted import counted
from semstyle.errors import InputError
from semstyle.evaluate.metrics import METRICS
from semstyle.report.order import place_of
from semstyle.report.varying import PARAMETERS, Result, short, varying

SCENE, MADE = "scene", "made"
"""The tags of a row of manifests/quality.yaml, which tell its scene and its side of the comparison."""
BEFORE, NOW = "before", "now"
COMPARED = (
    "weave",
    "patch_coverage",
    "repetition",
    "coherence",
    "semantic_leak",
    "structure",
    "content_distance",
    "sharpness",
    "style_wasserstein",
)
"""The metrics that are shown, in this order, where the renders have them."""
OF_CONTENT = ("structure", "content_distance")
"""Those that compare with the content, so that the style itself has no value to reach."""
SECONDS = "seconds"
STYLES_OWN = {metric.name: metric.best for metric in METRICS if metric.name not in OF_CONTENT}


@dataclass(frozen=True)
class Change:
    """One number before and now.

    Attributes:
        name: A metric's name, or ``seconds``.
        before: The number, or None where the render does not have it.
        now: The same of the other render.
        scenes: Of how many scenes it is the mean.
    """

    name: str
    before: float | None
    now: float | None
    scenes: int = 1

    @property
    def styles_own(self) -> float | None:
        """What the style itself would have, if that says anything."""
        return STYLES_OWN.get(self.name)


@dataclass(frozen=True)
class SceneComparison:
    """The two renders of one scene."""

    scene: str
    before: Result
    now: Result

    @property
    def changes(self) -> list[Change]:
        """The numbers that at least one of the renders has."""
        before, now = numbers_of(self.before), numbers_of(self.now)
        return [
            Change(name, before.get(name), now.get(name))
            for name in (*COMPARED, SECONDS)
            if name in before or name in now
        ]

    @property
    def parameters(self) -> list[tuple[str, str, str]]:
        """The parameters that differ: (name, value before, value now)."""
        columns = varying([self.before, self.now], PARAMETERS)
        return [(column, short(self.before[column]), short(self.now[column])) for column in columns]


def numbers_of(result: Result) -> dict[str, float]:
    """Return a record's metrics, and the seconds that its render took."""
    metrics = dict(result["metrics"] or ())
    seconds = result["render_seconds"]
    return metrics if seconds is None else {**metrics, SECONDS: seconds}


def comparisons_of(results: Iterable[Result]) -> list[SceneComparison]:
    """Pair the renders of each scene, in the order of the manifest; those that are not tagged as a side are left out.

    Raises:
        InputError: when a scene has not exactly one render of each side.
    """
    scenes: dict[str, dict[str, list[Result]]] = {}
    for result in sorted(results, key=place_of):
        tags = dict(result["tags"] or ())
        if SCENE in tags and tags.get(MADE) in {BEFORE, NOW}:
            scenes.setdefault(tags[SCENE], {BEFORE: [], NOW: []})[tags[MADE]].append(result)
    return [comparison(scene, sides[BEFORE], sides[NOW]) for scene, sides in scenes.items()]


def comparison(scene: str, before: Sequence[Result], now: Sequence[Result]) -> SceneComparison:
    if len(before) != 1 or len(now) != 1:
        raise InputError(
            f"the scene {scene!r} has {counted(len(before), 'render')} tagged {MADE}: {BEFORE} and {len(now)} tagged "
            f"{MADE}: {NOW}; it needs one of each"
        )
    return SceneComparison(scene, before[0], now[0])


def means_of(comparisons: Sequence[SceneComparison]) -> list[Change]:
    """Return the mean of each number over the scenes that have it before and now."""
    means = []
    for name in (*COMPARED, SECONDS):
        pairs = [
            (change.before, change.now)
            for one in comparisons
            for change in one.changes
            if change.name == name and change.before is not None and change.now is not None
        ]
        if pairs:
            before, now = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
            means.append(Change(name, before, now, len(pairs)))
    return means

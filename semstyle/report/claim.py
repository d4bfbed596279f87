"""A claim of the paper, and what a run says about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from semstyle.report.varying import Result

SCENE, ROLE = "paper", "role"
"""The tags of a row of manifests/paper.yaml, which tell its set of inputs and its part in a comparison."""
WITH_MAPS, WITHOUT_MAPS = "with maps", "original algorithm"

Cell = str | float | None


@dataclass(frozen=True)
class Sample:
    """A render that is compared with others to judge a claim.

    Attributes:
        scene: The set of inputs, such as ``portrait``.
        role: ``with maps`` or ``original algorithm``.
        pixels_sha256: The SHA-256 of the image's pixels; of its file in records of versions that had no other.
        render_id: The render, to show it.
    """

    scene: str
    role: str
    style_weight: float
    semantic_weight: float
    pixels_sha256: str
    metrics: Mapping[str, float]
    render_id: str = ""


@dataclass(frozen=True)
class SideBySide:
    """The renders that one of a claim's comparisons is about, to be looked at beside one another.

    Attributes:
        title: What they have in common, such as ``portrait, β = 25``.
        held: Whether the claim was true of them; None when they tell nothing.
        samples: The renders, in the order in which they are looked at.
        labels: What tells each of them apart.
    """

    title: str
    held: bool | None
    samples: Sequence[Sample]
    labels: Sequence[str]


@dataclass(frozen=True)
class Claim:
    """One claim and the numbers for and against it.

    Attributes:
        statement: What the paper says.
        test: When it counts as true, fixed before any image was rendered.
        held: In how many of the ``compared`` comparisons it was true.
        header: Names of the columns of ``rows``.
        shown: The renders of each comparison.
    """

    statement: str
    test: str
    held: int
    compared: int
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shown: Sequence[SideBySide] = ()

    @property
    def verdict(self) -> str:
        """``holds``, ``holds in part``, ``does not hold`` or ``not decided``."""
        if not self.compared:
            return "not decided"
        if self.held == self.compared:
            return "holds"
        return "holds in part" if self.held else "does not hold"

    @property
    def count(self) -> str:
        if not self.compared:
            return "nothing here tells"
        return f"in {self.held} of {self.compared} comparisons"


def sample_of(result: Result) -> Sample | None:
    """Return the render as a sample, or None when its tags do not say that it is one."""
    tags = dict(result["tags"] or ())
    if SCENE not in tags or tags.get(ROLE) not in {WITH_MAPS, WITHOUT_MAPS}:
        return None
    return Sample(
        tags[SCENE],
        tags[ROLE],
        result["style_weight"],
        result["semantic_weight"],
        result["pixels_sha256"] or result["image_sha256"],
        dict(result["metrics"] or ()),
        result["render_id"],
    )

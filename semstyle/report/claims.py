"""Testing the claims of the paper's analysis (Champandard 2016, section 4) on a run of manifests/paper.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import attrgetter

from semstyle.evaluate.metrics import METRICS
from semstyle.report.claim import WITH_MAPS, WITHOUT_MAPS, Cell, Claim, Sample, SideBySide

USUAL_WEIGHT = 50.0
"""The γ at which map and activations have equal range."""
MOST_LEAK = 0.25
FARTHEST_CONTENT = 1.0
LEAK_SLACK, LEAK_DROP = 0.01, 0.05
QUALITY_SLACK = 0.02

LEAK, CONTENT = "semantic_leak", "content_distance"
QUALITY = ("style_distance", "style_wasserstein")


def claims_of(samples: Sequence[Sample]) -> list[Claim]:
    """Return what the samples say about each claim; nothing when there are no samples."""
    return [test(samples) for test in (same_as_original, less_leakage, wider_range, lower_quality)] if samples else []


def same_as_original(samples: Sequence[Sample]) -> Claim:
    """Compare images at γ = 0 with those of the algorithm without maps, for each scene and β."""
    originals = {(sample.scene, sample.style_weight): sample for sample in samples if sample.role == WITHOUT_MAPS}
    pairs = [
        (sample, originals[key])
        for sample in sorted(with_maps(samples), key=attrgetter("scene", "style_weight"))
        if sample.semantic_weight == 0 and (key := (sample.scene, sample.style_weight)) in originals
    ]
    rows: list[list[Cell]] = []
    for ours, original in pairs:
        same = ours.pixels_sha256 == original.pixels_sha256
        rows.append(
            [ours.scene, ours.style_weight, "the same pixels" if same else "differ", largest_gap(ours, original)]
        )
    return Claim(
        "γ = 0 is the original algorithm (Li & Wand 2016)",
        "the images of semantic_weight=0 and of method=patch are the same, pixel for pixel",
        sum(ours.pixels_sha256 == original.pixels_sha256 for ours, original in pairs),
        len(pairs),
        ("scene", "β", "images", "largest difference of a metric"),
        rows,
        [
            SideBySide(title(ours), ours.pixels_sha256 == original.pixels_sha256, pair, ("γ = 0", WITHOUT_MAPS))
            for pair in pairs
            for ours, original in [pair]
        ],
    )


def less_leakage(samples: Sequence[Sample]) -> Claim:
    """Look at how the leak changes with γ, for each scene and β."""
    weights = sorted({sample.semantic_weight for sample in with_maps(samples)})
    rows: list[list[Cell]] = []
    shown: list[SideBySide] = []
    for series in series_of(with_maps(samples), LEAK):
        leaks = [sample.metrics[LEAK] for sample in series]
        falls = leaks[0] - leaks[-1] > LEAK_DROP and all(b <= a + LEAK_SLACK for a, b in pairwise(leaks))
        shown.append(SideBySide(title(series[0]), falls, series, [f"γ = {one.semantic_weight:g}" for one in series]))
        rows.append([series[0].scene, series[0].style_weight, *by_weight(series, weights, LEAK)])
    return Claim(
        "A larger γ lets less style leak into places of another meaning",
        f"semantic_leak never rises by more than {LEAK_SLACK:g} from one γ to the next, and falls by more than "
        f"{LEAK_DROP:g} in all",
        count_held(shown),
        len(rows),
        ("scene", "β", *(f"leak at γ = {weight:g}" for weight in weights)),
        rows,
        shown,
    )


def wider_range(samples: Sequence[Sample]) -> Claim:
    """Compare how far β can rise before an image becomes patchwork, with maps at the usual γ and without, by scene."""
    usual = [sample for sample in with_maps(samples) if sample.semantic_weight == USUAL_WEIGHT]
    without = [sample for sample in samples if sample.role == WITHOUT_MAPS]
    betas = sorted({sample.style_weight for sample in (*usual, *without)})
    held = compared = 0
    rows: list[list[Cell]] = []
    shown: list[SideBySide] = []
    for scene in sorted({sample.scene for sample in usual} & {sample.scene for sample in without}):
        ours, theirs = (rising([s for s in group if s.scene == scene], LEAK) for group in (usual, without))
        if min(len(ours), len(theirs)) < 2:
            continue
        reached = [clean(group) for group in (ours, theirs)]
        tells = reached != [len(ours), len(theirs)]
        held += reached[0] > reached[1]
        compared += tells
        labels = [
            f"β = {one.style_weight:g}, {maps}"
            for maps, group in (("with maps", ours), ("without", theirs))
            for one in group
        ]
        shown.append(SideBySide(scene, reached[0] > reached[1] if tells else None, [*ours, *theirs], labels))
        rows += [patchwork_row("with", ours, reached[0], betas), patchwork_row("without", theirs, reached[1], betas)]
    return Claim(
        "β can vary further without patchwork when maps are used",
        f"going up from the smallest β, the image becomes patchwork (semantic_leak above {MOST_LEAK:g}: more than one "
        f"patch in four means something else; or content_distance above {FARTHEST_CONTENT:g}: the content's mean would "
        f"be as near) at a larger β with maps (γ = {USUAL_WEIGHT:g}) than without; a scene in which neither does tells "
        "nothing",
        held,
        compared,
        ("scene", "maps", "clean up to", *(f"leak; content at β = {beta:g}" for beta in betas)),
        rows,
        shown,
    )


def lower_quality(samples: Sequence[Sample]) -> Claim:
    """Compare the distances from the style at the largest γ and at the usual one, for each scene and β."""
    rows: list[list[Cell]] = []
    shown: list[SideBySide] = []
    for series in series_of(with_maps(samples), *QUALITY):
        usual = next((sample for sample in series if sample.semantic_weight == USUAL_WEIGHT), None)
        largest = series[-1]
        if usual is None or largest is usual:
            continue
        is_worse = all(largest.metrics[name] > usual.metrics[name] * (1 + QUALITY_SLACK) for name in QUALITY)
        labels = [f"γ = {one.semantic_weight:g}" for one in (usual, largest)]
        shown.append(SideBySide(title(usual), is_worse, (usual, largest), labels))
        numbers = [sample.metrics.get(name) for name in (*QUALITY, "sharpness") for sample in (usual, largest)]
        rows.append([usual.scene, usual.style_weight, largest.semantic_weight, *numbers])
    return Claim(
        "Too large a γ lowers the quality of the style",
        f"style_distance and style_wasserstein are both more than {QUALITY_SLACK:.0%} larger at the largest γ than at "
        f"γ = {USUAL_WEIGHT:g}",
        count_held(shown),
        len(rows),
        (
            "scene",
            "β",
            "largest γ",
            *(f"{name} at {at}" for name in (*QUALITY, "sharpness") for at in ("50", "largest")),
        ),
        rows,
        shown,
    )


def title(sample: Sample) -> str:
    return f"{sample.scene}, β = {sample.style_weight:g}"


def count_held(shown: Iterable[SideBySide]) -> int:
    return sum(bool(one.held) for one in shown)


def with_maps(samples: Iterable[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.role == WITH_MAPS]


def series_of(samples: Iterable[Sample], *metrics: str) -> list[list[Sample]]:
    """Group samples that have ``metrics`` by scene and β; each group is in the order of γ, and has two or more."""
    series: dict[tuple[str, float], list[Sample]] = {}
    for sample in samples:
        if all(name in sample.metrics for name in metrics):
            series.setdefault((sample.scene, sample.style_weight), []).append(sample)
    return [sorted(series[key], key=attrgetter("semantic_weight")) for key in sorted(series) if len(series[key]) > 1]


def rising(samples: Iterable[Sample], metric: str) -> list[Sample]:
    """Return those of ``samples`` that have ``metric``, in the order of β."""
    return sorted((sample for sample in samples if metric in sample.metrics), key=attrgetter("style_weight"))


def is_patchwork(sample: Sample) -> bool:
    return sample.metrics[LEAK] > MOST_LEAK or sample.metrics.get(CONTENT, 0) > FARTHEST_CONTENT


def clean(samples: Sequence[Sample]) -> int:
    """Count the samples before the first that is patchwork."""
    return next((number for number, sample in enumerate(samples) if is_patchwork(sample)), len(samples))


def patchwork_row(maps: str, samples: Sequence[Sample], reached: int, betas: Sequence[float]) -> list[Cell]:
    up_to = f"β = {samples[reached - 1].style_weight:g}" if reached else "nowhere"
    cells = {}
    for sample in samples:
        content = sample.metrics.get(CONTENT)
        cells[sample.style_weight] = f"{sample.metrics[LEAK]:.3f}" + ("" if content is None else f"; {content:.3f}")
    return [samples[0].scene, maps, up_to, *(cells.get(beta) for beta in betas)]


def by_weight(series: Sequence[Sample], weights: Sequence[float], metric: str) -> list[Cell]:
    known = {sample.semantic_weight: sample.metrics[metric] for sample in series}
    return [known.get(weight) for weight in weights]


def largest_gap(ours: Sample, original: Sample) -> float | None:
    """Return the largest difference of a metric, relative to the original's; None without a metric that both have."""
    names = [metric.name for metric in METRICS if metric.name in ours.metrics and metric.name in original.metrics]
    gaps = [abs(ours.metrics[name] - original.metrics[name]) / max(1e-9, abs(original.metrics[name])) for name in names]
    return max(gaps, default=None)

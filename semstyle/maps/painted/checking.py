"""Warning of what will go wrong in a render by two maps, before it is made."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.phases import Size, features_size, output_size, style_size
from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.parameters import Parameters
from semstyle.maps.memberships import MOST_REPEATS
from semstyle.maps.painted.causes import blurred, nearly_alike, unshared
from semstyle.maps.painted.colors import TOO_CLOSE
from semstyle.maps.painted.labels import PaintedLabels, find_labels
from semstyle.maps.reading import EMBEDDED, SemanticMap

LEAST_SHARE = 0.003
"""A label that covers less of the target than this part does not matter."""
FEWEST_PATCHES = 30
"""A label should have so many patches at a layer; with fewer, its region is made of little else than copies."""
MOST_COPIES = 2.0
"""How many patches of the target each of those few may stand for: up to this, no motif is seen to repeat."""
MAJORITY = 0.5


class WarningKind(StrEnum):
    """What can be the matter with two maps; causes come before what follows from them."""

    BLURRED = "blurred"
    """Many pixels of a map do not have the colour of any label."""
    ALIKE = "nearly alike"
    """Colours of two maps differ a little, and are probably meant to be the same."""
    UNSHARED = "no colour shared"
    """The target has none of a style's labels."""
    MISSING = "missing"
    """The target has a label that no style has."""
    FEW = "few patches"
    """The styles have too little of a label, so that its motifs will repeat."""
    CLOSE = "close"
    """Two labels have nearly the same colour."""


@dataclass(frozen=True)
class MapWarning:
    """One thing that is the matter; ``message`` says what, and what to do."""

    kind: WarningKind
    message: str


@dataclass(frozen=True)
class LabelCount:
    """How much there is of one label.

    Attributes:
        style_share: Its part of all styles together, 0..1.
        target_share: Its part of the target, 0..1.
        style_patches: How many patches of all styles have it, at each layer.
        target_patches: How many patches of the target have it, at each layer.
    """

    label: str
    style_share: float
    target_share: float
    style_patches: dict[str, int]
    target_patches: dict[str, int]

    @property
    def repeats(self) -> float:
        """Patches of the target for each patch of the styles, at the worst layer; infinite if the styles have none."""
        pairs = zip(self.style_patches.values(), self.target_patches.values(), strict=True)
        return max((need / have if have else np.inf for have, need in pairs if need), default=0.0)


@dataclass(frozen=True)
class MapCheck:
    """What was counted in maps, and what is the matter with them."""

    labels: tuple[LabelCount, ...]
    warnings: tuple[MapWarning, ...]


def check_maps(
    style_maps: Sequence[SemanticMap],
    target_map: SemanticMap,
    parameters: Parameters,
    styles: Sequence[Tensor] | None = None,
) -> MapCheck:
    """Count labels and patches as a render by ``parameters`` would have them, and say what will go wrong.

    Args:
        styles: The styles' images (3, H, W), whose own sizes bound their patches.

    Raises:
        InputError: when the maps do not belong together.
    """
    maps = [*style_maps, target_map]
    labels = find_labels(maps)
    are_meant = any(one.channels == EMBEDDED for one in maps)
    pairs = [] if are_meant else likely_pairs(labels)
    causes = [] if are_meant else causes_of(labels, pairs)
    labels = labels.merged(pairs)
    output = output_size(parameters, image_size(target_map.values))
    sizes = [style_size(image_size(one.values), output) for one in style_maps]
    if styles is not None:
        sizes = [min(image_size(style), size) for style, size in zip(styles, sizes, strict=True)]
    pixels = [one.values[0].numel() for one in style_maps]
    counts = count_labels(labels, sizes, output, pixels, parameters)
    if not any(cause.kind == WarningKind.UNSHARED for cause in causes):
        causes += [warning for count in counts if (warning := warning_of(count))]
    return MapCheck(tuple(counts), (*causes, *([] if are_meant else close_labels(labels))))


def causes_of(labels: PaintedLabels, pairs: Sequence[tuple[int, int]]) -> list[MapWarning]:
    """Find what is the matter with whole maps; other warnings are only about what remains once this is mended."""
    *styles, target = labels.maps
    found = [(WarningKind.BLURRED, blurred(labels.maps)), (WarningKind.UNSHARED, unshared(styles, target))]
    by_maps: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for kept, gone in pairs:
        place = (holder(labels, kept), holder(labels, gone))
        by_maps.setdefault(place, []).append((labels.names[kept], labels.names[gone]))
    for (kept, gone), names in by_maps.items():
        found.append((WarningKind.ALIKE, nearly_alike(labels.maps[kept], labels.maps[gone], names)))
    return [MapWarning(kind, message) for kind, message in found if message]


def likely_pairs(labels: PaintedLabels) -> list[tuple[int, int]]:
    """Pair labels of different maps that are near each other, nearest first: one to keep, and one meant to be it."""
    found: list[tuple[int, int]] = []
    count = len(labels.names)
    apart = [
        (float(np.linalg.norm(labels.values[one] - labels.values[other])), one, other)
        for one, other in itertools.combinations(range(count), 2)
    ]
    for distance, one, other in sorted(apart):
        is_free = not {one, other} & {number for pair in found for number in pair}
        if distance < TOO_CLOSE and is_free and not any({one, other} <= own for own in labels.own):
            found.append((one, other) if holder(labels, one) <= holder(labels, other) else (other, one))
    return found


def holder(labels: PaintedLabels, number: int) -> int:
    """Return the first map that has label ``number``; a clean map goes before a blurred one."""
    having = [place for place, own in enumerate(labels.own) if number in own]
    return min(having, key=lambda place: (labels.maps[place].is_blurred, place))


def count_labels(
    labels: PaintedLabels, sizes: Sequence[Size], output: Size, pixels: Sequence[int], parameters: Parameters
) -> list[LabelCount]:
    """Count the pixels and patches of each label.

    Args:
        sizes: The sizes of the styles in a render; ``output`` is the target's.
        pixels: How many pixels each style's map has.
    """
    patches: list[dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]] = []
    for numbers, size in zip(labels.numbers, [*sizes, output], strict=True):
        patches.append(
            {
                layer: patch_counts(numbers, features_size(size, layer), len(labels.names), parameters.patch_size)
                for layer in parameters.style_layers
            }
        )
    shares = [labels.shares(number) for number in range(len(labels.numbers))]
    together = np.tensordot(np.array(pixels) / sum(pixels), np.stack(shares[:-1]), 1)
    return [
        LabelCount(
            name,
            float(together[number]),
            float(shares[-1][number]),
            {layer: int(sum(one[layer][number] for one in patches[:-1])) for layer in parameters.style_layers},
            {layer: int(patches[-1][layer][number]) for layer in parameters.style_layers},
        )
        for number, name in enumerate(labels.names)
    ]


def patch_counts(
    numbers: np.ndarray[tuple[int, ...], np.dtype[np.intp]], size: Size, count: int, side: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count, for each label, the patches of ``side`` at a layer of ``size`` that are mostly of it: (count,)."""
    if min(size) < side:
        return np.zeros(count, np.int64)
    labels = torch.from_numpy(numbers.astype(np.int64))
    found = []
    for number in range(count):  # one by one, as a large map in 64 labels would fill the memory
        share = F.interpolate((labels == number)[None, None].float(), size, mode="area")
        found.append(int((F.avg_pool2d(share, side, 1) > MAJORITY).sum()))
    return np.array(found, np.int64)


def warning_of(count: LabelCount) -> MapWarning | None:
    if count.target_share < LEAST_SHARE:
        return None
    if count.style_share == 0:
        return MapWarning(
            WarningKind.MISSING,
            f"{count.label}: {count.target_share:.1%} of the target, and no style has it; it will be made of whatever "
            "looks like it. Paint it in a colour of the style's map",
        )
    fewest = min((have for layer, have in count.style_patches.items() if count.target_patches[layer]), default=None)
    most = MOST_REPEATS if fewest is None or fewest >= FEWEST_PATCHES else MOST_COPIES
    if fewest is None or count.repeats <= most:
        return None
    each = f"each used {count.repeats:.0f} times" if np.isfinite(count.repeats) else "none wholly its own"
    return MapWarning(
        WarningKind.FEW,
        f"{count.label}: {fewest:,} {'patch' if fewest == 1 else 'patches'} in the styles for {count.target_share:.1%} "
        f"of the target, {each}: one motif will repeat. Give it more of the style, merge it with another label, or set "
        "variety",
    )


def close_labels(labels: PaintedLabels) -> list[MapWarning]:
    """Warn of pairs of labels that matching can hardly tell apart."""
    return [
        MapWarning(
            WarningKind.CLOSE,
            f"{labels.names[one]} and {labels.names[other]}: colours {distance:.2f} apart, nearly one to the matcher "
            f"({TOO_CLOSE} is enough). If they mean the same, paint them in one colour; else farther apart",
        )
        for one, other in itertools.combinations(range(len(labels.names)), 2)
        if (distance := float(np.linalg.norm(labels.values[one] - labels.values[other]))) < TOO_CLOSE
    ]

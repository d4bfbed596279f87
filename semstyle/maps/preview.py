"""Drawing a map over its image, with colours, outlines and a legend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.segmentation import find_boundaries

from semstyle.maps.painted.labels import PaintedLabels
from semstyle.maps.palette import well_separated

LONG_SIDE = 960
OPACITY = 0.45
INK, PAPER = "#1d1d1f", "#ffffff"
SWATCH, GAP, TEXT = 18, 12, 13
LEGEND_WIDTH = 190
MOST_ROWS = 24


def preview(image: Image.Image, labels: PaintedLabels) -> Image.Image:
    """Draw the first map of ``labels`` over ``image``: each label outlined, its name and share beside the image."""
    scale = LONG_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    colors = legend_colors(labels)
    picture = overlaid(image.convert("RGB").resize(size, Image.Resampling.LANCZOS), labels.numbers[0], colors)
    return with_legend(picture, labels, colors)


def legend_colors(labels: PaintedLabels) -> NDArray[np.uint8]:
    """Return the labels' own colours, (K, 3), or well separated ones where they have none."""
    if all(name.startswith("#") for name in labels.names):
        rgb = labels.values[:, :3] if labels.values.shape[1] >= 3 else labels.values[:, :1].repeat(3, 1)
        return (rgb.clip(0, 1) * 255).round().astype(np.uint8)
    palette = well_separated(min(len(labels.names), 27))
    return palette[np.arange(len(labels.names)) % len(palette)]


def overlaid(image: Image.Image, numbers: NDArray[np.intp], colors: NDArray[np.uint8]) -> Image.Image:
    whole = Image.fromarray(numbers.astype(np.uint8)).resize(image.size, Image.Resampling.NEAREST)
    enlarged = np.asarray(whole)
    mixed = (1 - OPACITY) * np.asarray(image, np.float32) + OPACITY * colors[enlarged]
    mixed[find_boundaries(enlarged, mode="thick")] = 0
    mixed[find_boundaries(enlarged, mode="inner")] = 255  # white beside black shows on every colour
    return Image.fromarray(mixed.round().astype(np.uint8))


def with_legend(picture: Image.Image, labels: PaintedLabels, colors: NDArray[np.uint8]) -> Image.Image:
    shares = labels.shares(0)
    rows = [number for number in np.argsort(-shares, kind="stable") if shares[number] > 0][:MOST_ROWS]
    height = max(picture.height, GAP + (SWATCH + GAP) * len(rows))
    canvas = Image.new("RGB", (picture.width + LEGEND_WIDTH, height), PAPER)
    canvas.paste(picture, (0, 0))
    draw, left, font = ImageDraw.Draw(canvas), picture.width + GAP, ImageFont.load_default(TEXT)
    for place, number in enumerate(rows):
        top = GAP + place * (SWATCH + GAP)
        draw.rectangle((left, top, left + SWATCH, top + SWATCH), tuple(map(int, colors[number])), INK)
        draw.text((left + SWATCH + 8, top + 1), f"{labels.names[number]}  {shares[number]:.1%}", INK, font)
    return canvas

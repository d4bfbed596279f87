"""Painted maps as people have them: hard, by soft brushes, scaled with smoothing, and saved as JPEG or WebP."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from semstyle.maps import SemanticMap, read_map

Color = tuple[int, ...]
Size = tuple[int, int]

SKY, SEA, HILL = (80, 140, 240), (20, 60, 150), (120, 190, 40)
ROOF, SUN, EYE = (170, 20, 30), (255, 230, 60), (150, 130, 200)
SCENE = (SKY, SEA, HILL, ROOF, SUN, EYE)
"""The last covers 0.2 %, and lies between others."""


def scene(size: Size = (512, 384), soft: float = 0, colors: Sequence[Color] = SCENE, flip: bool = False) -> Image.Image:
    """Sky, sea, a hill with an eye, a roof and a sun.

    Args:
        soft: Deviation in pixels of the brush's soft edge.
    """
    width, height = size
    sky, sea, hill, roof, sun, eye = colors
    image = Image.new("RGB", size, sky)

    def paint(color: Color, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
        brush = Image.new("L", size)
        draw(ImageDraw.Draw(brush))
        brush = brush.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else brush
        image.paste(color, (0, 0), brush.filter(ImageFilter.GaussianBlur(soft)) if soft else brush)

    def disc(left: float, top: float, radius: float) -> Callable[[ImageDraw.ImageDraw], None]:
        box = (left * width, top * height, left * width + 2 * radius * width, top * height + 2 * radius * width)
        return lambda draw: draw.ellipse(box, 255)

    corners = [(0.62 * width, 0.6 * height), (0.76 * width, 0.25 * height), (0.9 * width, 0.6 * height)]
    paint(sea, lambda draw: draw.rectangle((0, 0.62 * height, width, height), 255))
    paint(hill, lambda draw: draw.ellipse((0.1 * width, 0.45 * height, 0.6 * width, 0.95 * height), 255))
    paint(roof, lambda draw: draw.polygon(corners, 255))
    paint(sun, disc(0.7, 0.06, 0.04))
    paint(eye, disc(0.3, 0.6, 0.02))
    return image


def palette(chance: random.Random, count: int) -> list[Color]:
    """Colours at least a fifth of a channel's range apart, some of which lie between two others."""
    colors: list[Color] = []
    while len(colors) < count:
        if len(colors) > 1 and chance.random() < 0.4:
            one, other = chance.sample(colors, 2)
            part = chance.uniform(0.3, 0.7)
            color = tuple(round(a + part * (b - a)) for a, b in zip(one, other, strict=True))
        else:
            color = tuple(chance.randrange(256) for _ in range(3))
        if all(np.linalg.norm(np.subtract(color, other)) > 51 for other in colors):
            colors.append(color)
    return colors


def doodle(chance: random.Random, size: Size, colors: Sequence[Color], scale: int = 1, soft: float = 0) -> Image.Image:
    """Shapes and strokes in ``colors``, each twice; for the same chance the same, whatever ``scale`` and ``soft``."""
    width, height = size[0] * scale, size[1] * scale
    image = Image.new("RGB", (width, height), colors[0])
    for color in [*colors[1:], *colors[1:]]:
        brush = Image.new("L", (width, height))
        draw_shape(chance, ImageDraw.Draw(brush), (width, height), scale)
        image.paste(color, (0, 0), brush.filter(ImageFilter.GaussianBlur(soft * scale)) if soft else brush)
    return image


def draw_shape(chance: random.Random, draw: ImageDraw.ImageDraw, size: Size, scale: int) -> None:
    x, y, radius = chance.uniform(0, size[0]), chance.uniform(0, size[1]), chance.uniform(0.1, 0.3) * min(size)
    kind = chance.choice(["ellipse", "rectangle", "polygon", "stroke"])
    if kind == "ellipse":
        draw.ellipse((x - radius, y - 0.7 * radius, x + radius, y + 0.7 * radius), 255)
    elif kind == "rectangle":
        draw.rectangle((x - radius, y - 0.6 * radius, x + radius, y + 0.6 * radius), 255)
    elif kind == "polygon":
        draw.regular_polygon((x, y, radius), chance.randint(3, 7), chance.uniform(0, 90), 255)
    else:
        end = (chance.uniform(0, size[0]), chance.uniform(0, size[1]))
        draw.line((x, y, *end), 255, round(chance.uniform(8, 16) * scale))


WAYS = ("soft brush", "jpeg", "soft brush, jpeg", "webp", "smoothed", "lanczos", "enlarged", "enlarged, jpeg")


def spoiled(way: str, chance: random.Random, seed: int, size: Size, colors: Sequence[Color]) -> bytes:
    """The file of :func:`doodle` by ``seed``, after what ``way`` does to it."""

    def drawn(scale: int = 1, soft: float = 0) -> Image.Image:
        return doodle(random.Random(seed), size, colors, scale, soft)

    quality, sampling = chance.choice([50, 60, 75, 85, 90, 95]), chance.choice([0, 2])
    soft = chance.uniform(1, 2.5) if "soft" in way else 0
    if way == "smoothed":
        return file_of(drawn(2).resize(size, Image.Resampling.BOX))
    if way == "lanczos":
        return file_of(drawn(3).resize(size, Image.Resampling.LANCZOS))
    image = drawn(soft=soft)
    if "enlarged" in way:
        half = image.resize((size[0] // 2, size[1] // 2), Image.Resampling.BOX)
        image = half.resize(size, Image.Resampling.BICUBIC)
    if "jpeg" in way:
        return file_of(image, "JPEG", quality=quality, subsampling=sampling)
    return file_of(image, "WEBP", quality=quality) if way == "webp" else file_of(image)


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def as_map(image: Image.Image, name: str = "map.png") -> SemanticMap:
    """The map that reading ``image`` as PNG gives."""
    return read_map(file_of(image), name)


def jpeg(image: Image.Image, quality: int, name: str = "target.jpg") -> SemanticMap:
    return read_map(file_of(image, "JPEG", quality=quality), name)


def wrong(image: Image.Image, truth: Image.Image) -> float:
    """The part of pixels that differ."""
    return float((np.asarray(image) != np.asarray(truth)).any(2).mean())

"""Draws the demo's semantic maps: polygons over the photographs, one flat colour for each meaning.

    python manifests/demo/draw_maps.py           writes the maps beside this file
    python manifests/demo/draw_maps.py --check   writes each photograph with its map's edges drawn on it to outlines/

Any drawing program will do as well. What matters: a colour means the same in the style's map and in the doodle; the
nearer two colours are, the more readily one stands in for the other, as the three blues of the sky do; and of what
the doodle shows much of, the style has much.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

HERE = Path(__file__).parent
PHOTOGRAPHS = HERE / "photographs"
EDGE = (255, 0, 255)

COLORS = {
    "high sky": (80, 140, 240),
    "sky": (130, 180, 245),
    "low sky": (185, 215, 250),
    "far shore": (150, 130, 200),
    "water": (20, 60, 150),
    "bright trees": (120, 190, 40),
    "grey trees": (70, 130, 60),
    "dark trees": (15, 70, 30),
    "roof": (250, 140, 20),
    "walls": (170, 20, 30),
    "finial": (255, 230, 60),
    "dark leaves": (10, 50, 60),
    "bright leaves": (0, 150, 140),
    "outer petals": (255, 200, 120),
    "inner petals": (240, 120, 40),
    "heart": (150, 20, 20),
}

Polygon = tuple[str, list[tuple[float, float]]]
"""What it shows and its corners (x, y) in pixels. Later polygons lie over earlier ones."""


@dataclass(frozen=True)
class Drawing:
    """A map of ``size`` (width, height); ``ground`` is what it shows where there are no polygons."""

    size: tuple[int, int]
    ground: str
    polygons: list[Polygon]

    def paint(self) -> Image.Image:
        image = Image.new("RGB", self.size, COLORS[self.ground])
        canvas = ImageDraw.Draw(image)
        for name, corners in self.polygons:
            canvas.polygon(corners, COLORS[name])
        return image


def band(name: str, top: float, bottom: float) -> Polygon:
    """A strip as wide as any map."""
    return name, [(0, top), (2000, top), (2000, bottom), (0, bottom)]


def moved(polygons: list[Polygon], x: float, y: float, scale: float) -> list[Polygon]:
    """``polygons`` scaled about the top left corner, then shifted."""
    return [(name, [(x + scale * a, y + scale * b) for a, b in corners]) for name, corners in polygons]


# fmt: off
GROUND_FLOOR: list[Polygon] = [
    ("walls", [
        (78, 270), (341, 260), (341, 304), (348, 306), (348, 318), (308, 344), (300, 352), (180, 368), (73, 340),
    ]),
    ("roof", [
        (62, 272), (70, 258), (86, 246), (94, 248), (180, 249), (290, 246), (322, 238), (332, 241), (352, 253),
        (350, 260), (320, 273), (308, 272), (300, 277), (280, 279), (250, 281), (200, 281), (176, 275), (165, 281),
        (120, 281), (90, 280), (66, 276),
    ]),
]
MIDDLE_FLOOR: list[Polygon] = [
    ("walls", [
        (97, 176), (319, 176), (320, 226), (327, 227), (327, 237), (292, 246), (180, 249), (93, 248), (93, 235),
        (98, 232),
    ]),
    ("roof", [
        (120, 159), (180, 156), (262, 157), (290, 163), (305, 162), (312, 167), (328, 171), (330, 177), (318, 184),
        (290, 180), (281, 178), (265, 181), (240, 180), (200, 179), (181, 175), (160, 179), (130, 182), (100, 183),
        (88, 186), (84, 178), (86, 168), (105, 163), (112, 159),
    ]),
]
TOP_FLOOR: list[Polygon] = [
    ("walls", [
        (96, 114), (94, 130), (110, 137), (120, 140), (120, 159), (180, 156), (262, 157), (294, 164), (294, 139),
        (306, 133), (319, 122), (285, 108), (180, 100),
    ]),
    ("roof", [
        (194, 63), (216, 63), (230, 80), (245, 92), (258, 98), (265, 97), (272, 103), (285, 108), (297, 108),
        (302, 114), (318, 117), (319, 125), (300, 124), (290, 122), (281, 115), (270, 118), (240, 116), (200, 113),
        (179, 106), (160, 116), (140, 120), (120, 120), (97, 119), (97, 107), (118, 102), (122, 98), (140, 96),
        (160, 88), (180, 76),
    ]),
    ("finial", [(196, 30), (214, 30), (214, 46), (217, 58), (216, 65), (194, 65), (193, 58), (198, 46)]),
]
PAVILION = [*GROUND_FLOOR, *MIDDLE_FLOOR, *TOP_FLOOR]

CHINA = Drawing((640, 427), "water", [
    band("high sky", 0, 70),
    band("sky", 70, 140),
    band("low sky", 140, 204),
    ("far shore", [
        (0, 204), (640, 203), (640, 220), (500, 222), (470, 224), (424, 234), (330, 236), (66, 240), (60, 262),
        (40, 274), (0, 280),
    ]),
    ("far shore", [(424, 228), (440, 226), (500, 234), (500, 240), (425, 242)]),
    *PAVILION,
    ("walls", [(280, 384), (330, 368), (330, 427), (280, 427)]),
    ("roof", [
        (185, 362), (302, 348), (308, 343), (348, 317), (374, 333), (371, 340), (330, 374), (310, 368), (304, 380),
        (240, 390), (215, 386), (203, 366),
    ]),
    ("bright trees", [
        (0, 138), (5, 150), (8, 175), (18, 182), (22, 190), (40, 195), (46, 205), (50, 218), (68, 217), (76, 236),
        (72, 249), (50, 242), (42, 252), (35, 264), (20, 274), (0, 278),
    ]),
    ("bright trees", [
        (0, 293), (15, 293), (25, 310), (22, 325), (40, 322), (56, 326), (64, 336), (75, 344), (100, 342),
        (130, 332), (146, 333), (158, 346), (160, 360), (185, 364), (204, 368), (212, 384), (222, 392), (245, 390),
        (272, 393), (285, 406), (292, 427), (0, 427),
    ]),
    ("grey trees", [
        (318, 427), (335, 400), (328, 376), (350, 368), (362, 346), (378, 338), (380, 325), (400, 320), (420, 312),
        (440, 302), (455, 300), (470, 293), (483, 290), (492, 300), (512, 292), (523, 278), (540, 272), (552, 282),
        (562, 282), (572, 320), (564, 360), (566, 427),
    ]),
    ("dark trees", [
        (562, 276), (550, 262), (552, 244), (546, 225), (550, 210), (565, 205), (570, 194), (580, 190), (572, 180),
        (578, 163), (583, 146), (595, 136), (605, 141), (615, 135), (622, 150), (632, 150), (640, 155), (640, 427),
        (566, 427), (564, 360), (572, 320), (562, 282),
    ]),
])

LAKE = Drawing((640, 400), "water", [
    band("high sky", 0, 60),
    band("sky", 60, 120),
    band("low sky", 120, 190),
    ("far shore", [
        (0, 176), (50, 160), (90, 168), (150, 140), (200, 158), (240, 166), (300, 180), (400, 172), (480, 186),
        (640, 180), (640, 214), (0, 218),
    ]),
    # A small pavilion on an island.
    ("grey trees", [
        (20, 264), (30, 240), (44, 222), (62, 218), (80, 230), (190, 230), (206, 214), (222, 220), (232, 240),
        (250, 264), (140, 276),
    ]),
    *moved([*MIDDLE_FLOOR, *TOP_FLOOR], 24, 98, 0.6),
    ("bright trees", [
        (8, 270), (24, 252), (48, 244), (70, 250), (96, 240), (128, 246), (160, 238), (190, 248), (216, 240),
        (244, 252), (262, 270), (200, 280), (100, 282),
    ]),
    # A large one on a hill, before tall trees.
    ("dark trees", [
        (520, 300), (524, 250), (532, 220), (528, 190), (540, 160), (548, 120), (560, 86), (568, 104), (580, 130),
        (590, 110), (604, 66), (614, 50), (624, 76), (640, 96), (640, 400), (560, 400),
    ]),
    *moved(PAVILION, 270, 8, 0.8),
    ("bright trees", [
        (216, 400), (242, 366), (262, 330), (284, 296), (310, 280), (332, 288), (360, 278), (390, 288), (430, 280),
        (470, 290), (510, 280), (540, 290), (570, 330), (600, 346), (640, 340), (640, 400),
    ]),
    # The near shore.
    ("bright trees", [
        (0, 316), (24, 306), (52, 318), (80, 336), (112, 346), (140, 366), (168, 380), (186, 400), (0, 400),
    ]),
])

FLOWER = Drawing((640, 427), "dark leaves", [
    ("bright leaves", [
        (0, 92), (80, 72), (140, 62), (137, 105), (112, 160), (96, 215), (62, 275), (30, 330), (0, 332),
    ]),
    ("outer petals", [
        (170, 200), (182, 188), (176, 174), (180, 169), (190, 172), (189, 142), (204, 134), (206, 120), (226, 114),
        (242, 100), (270, 95), (288, 97), (300, 89), (315, 85), (330, 89), (345, 93), (364, 100), (382, 104),
        (388, 113), (402, 114), (411, 124), (412, 134), (425, 141), (428, 155), (432, 168), (432, 184), (443, 198),
        (446, 218), (444, 236), (438, 254), (430, 272), (426, 290), (416, 300), (408, 316), (400, 330), (386, 332),
        (370, 344), (352, 350), (340, 356), (322, 359), (304, 356), (292, 359), (276, 352), (252, 351), (236, 342),
        (224, 334), (210, 322), (202, 310), (190, 298), (180, 280), (173, 268), (170, 250), (172, 238), (169, 222),
    ]),
    ("outer petals", [
        (288, 408), (296, 396), (312, 393), (326, 392), (330, 386), (338, 384), (343, 375), (356, 377), (364, 384),
        (370, 388), (382, 381), (394, 379), (404, 386), (414, 381), (428, 381), (440, 392), (441, 418), (452, 420),
        (464, 427), (296, 427),
    ]),
    ("inner petals", [
        (235, 186), (242, 160), (263, 140), (289, 128), (322, 133), (350, 142), (369, 162), (386, 186), (396, 211),
        (386, 244), (372, 269), (344, 290), (319, 304), (287, 301), (259, 285), (238, 265), (224, 239), (228, 211),
    ]),
    ("heart", [
        (272, 200), (278, 184), (292, 174), (310, 174), (326, 186), (338, 198), (342, 218), (338, 238), (326, 250),
        (308, 260), (288, 258), (274, 246), (268, 226),
    ]),
])

CHELSEA = Drawing((451, 300), "inner petals", [
    # What is behind her.
    ("dark leaves", [(0, 0), (42, 0), (36, 20), (33, 45), (30, 80), (32, 98), (20, 114), (0, 122)]),
    ("dark leaves", [
        (396, 0), (388, 20), (376, 46), (362, 70), (362, 100), (364, 126), (360, 150), (354, 176), (346, 196),
        (332, 210), (316, 224), (312, 250), (308, 280), (314, 300), (451, 300), (451, 0),
    ]),
    # Ears, chest and muzzle, cheek, and around the eyes.
    ("outer petals", [
        (322, 12), (336, 0), (394, 0), (384, 24), (366, 60), (356, 70), (346, 58), (340, 44), (326, 26),
    ]),
    ("outer petals", [(48, 8), (58, 0), (86, 0), (78, 14), (68, 30), (60, 24), (52, 22)]),
    ("outer petals", [
        (22, 200), (60, 182), (90, 200), (120, 230), (150, 258), (190, 266), (225, 250), (240, 242), (290, 242),
        (304, 246), (308, 280), (314, 300), (36, 300), (36, 260),
    ]),
    ("outer petals", [(44, 135), (80, 120), (100, 130), (112, 150), (120, 165), (90, 165), (60, 160), (48, 150)]),
    ("outer petals", [
        (100, 88), (130, 82), (165, 76), (195, 88), (214, 112), (220, 140), (212, 158), (190, 160), (160, 158),
        (135, 146), (120, 125), (104, 105),
    ]),
    ("outer petals", [
        (290, 150), (290, 125), (305, 106), (330, 100), (350, 112), (354, 130), (344, 155), (325, 172), (300, 172),
    ]),
    # Eyes and nose.
    ("bright leaves", [
        (137, 108), (139, 96), (148, 88), (164, 85), (180, 89), (192, 98), (201, 112), (203, 126), (198, 138),
        (186, 144), (170, 146), (156, 141), (144, 132), (138, 120),
    ]),
    ("bright leaves", [
        (297, 146), (296, 136), (302, 124), (312, 116), (326, 110), (338, 111), (342, 122), (339, 138), (332, 152),
        (322, 161), (310, 163), (299, 158),
    ]),
    ("dark leaves", [(172, 92), (180, 97), (183, 108), (180, 120), (171, 129), (165, 121), (162, 110), (165, 98)]),
    ("dark leaves", [(312, 119), (318, 124), (320, 134), (316, 145), (312, 148), (308, 140), (306, 130), (308, 122)]),
    ("heart", [
        (240, 233), (248, 229), (264, 230), (280, 231), (291, 232), (288, 238), (278, 243), (272, 252), (260, 264),
        (254, 262), (250, 250), (248, 242),
    ]),
])
# fmt: on

OF_PHOTOGRAPHS = {"china.jpg": CHINA, "flower.jpg": FLOWER, "chelsea.png": CHELSEA}
DOODLES = {"lake": LAKE}


def write_maps(folder: Path) -> None:
    """One PNG for each drawing, without the blends between colours that smoothed edges would bring."""
    for name, drawing in {**OF_PHOTOGRAPHS, **DOODLES}.items():
        drawing.paint().save(folder / f"{Path(name).stem}_map.png", optimize=True)


def write_outlines(photographs: Path, folder: Path) -> None:
    """Each photograph with its map's edges on it, twice as large."""
    folder.mkdir(exist_ok=True)
    for name, drawing in OF_PHOTOGRAPHS.items():
        with Image.open(photographs / name) as file:
            photograph = file.convert("RGB")
        size = (2 * photograph.width, 2 * photograph.height)
        photograph = photograph.resize(size)
        photograph.paste(EDGE, mask=edges(drawing.paint().resize(size, Image.Resampling.NEAREST)))
        photograph.save(folder / f"{Path(name).stem}.png")


def edges(image: Image.Image) -> Image.Image:
    """White where a pixel's colour differs from its left or upper neighbour's."""
    found = Image.new("L", image.size)
    for right, down in ((1, 0), (0, 1)):
        for channel in ImageChops.difference(image, ImageChops.offset(image, right, down)).split():
            found = ImageChops.lighter(found, channel)
    return found.point(lambda difference: 255 if difference else 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        write_outlines(PHOTOGRAPHS, HERE / "outlines")
    else:
        write_maps(HERE)

"""A session's document: the palette, both sides with their layers, the history, and the parameters.

The page writes it and the studio stores it. Pixels are not in it but in files that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from semstyle.engine.parameters import Parameters
from semstyle.engine.presets import PRESET

MOST_LABELS = 64
MOST_STEPS = 200
"""How many steps back a history goes at most."""
LONGEST_SIDE = 1024
"""The long side of a map in pixels, at most: layers are matched at much smaller sizes."""
WORDS_ONLY = {"init", "encoder"}
"""Parameters that may hold the path of a file elsewhere; here only words such as ``noise`` are taken for them."""

FileId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
SideName = Literal["style", "target"]
LayerName = Literal["painting", "automatic"]
Text = Annotated[str, StringConstraints(max_length=60)]


class StrictPart(BaseModel):
    """A part of a document, in which nothing may stand that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PaletteLabel(StrictPart):
    """A label that is painted with.

    Attributes:
        color: Such as ``#ff8000``.
        is_retired: Whether it is no longer offered; its number stays its own.
    """

    name: Text
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    is_retired: bool = False

    @property
    def rgb(self) -> tuple[int, int, int]:
        red, green, blue = bytes.fromhex(self.color[1:])
        return red, green, blue


class MapLayer(StrictPart):
    """A layer of labels.

    Attributes:
        plane: The file of its pixels; None while nothing is in it.
    """

    plane: FileId | None = None
    is_shown: bool = True
    is_locked: bool = False


class MapSide(StrictPart):
    """One of the two maps, with the picture that lies under it.

    Attributes:
        width, height: Of the map, in pixels.
        picture: The file of the style or of the photograph to keep; None without one.
        opacity: Of the map over the picture, 0..1.
        ground: The number of the label where no layer has one.
    """

    width: int = Field(ge=8, le=LONGEST_SIDE)
    height: int = Field(ge=8, le=LONGEST_SIDE)
    picture: FileId | None = None
    is_picture_shown: bool = True
    opacity: float = Field(default=0.6, ge=0, le=1, allow_inf_nan=False)
    ground: int = Field(default=0, ge=0, lt=MOST_LABELS)
    painting: MapLayer = MapLayer()
    automatic: MapLayer = MapLayer(is_locked=True)

    @property
    def planes(self) -> Iterator[str]:
        """The files of its layers' pixels."""
        yield from filter(None, (self.painting.plane, self.automatic.plane))


class HistoryStep(StrictPart):
    """One step that can be undone: a layer's pixels before and after it."""

    side: SideName
    layer: LayerName
    before: FileId | None
    after: FileId | None


class StudioDocument(StrictPart):
    """A session as it is stored.

    Attributes:
        revision: Counts the times it was stored, so that two tabs do not overwrite each other's work.
        position: How many steps of ``history`` are done; those behind it can be redone.
        parameters: Of a render, by name; what is missing has its default.
    """

    version: Literal[1] = 1
    revision: int = Field(default=0, ge=0)
    name: Text = "Untitled"
    palette: list[PaletteLabel] = Field(min_length=1, max_length=MOST_LABELS)
    style: MapSide
    target: MapSide
    history: list[HistoryStep] = Field(default_factory=list, max_length=MOST_STEPS)
    position: int = Field(default=0, ge=0)
    parameters: dict[str, str | int | float] = Field(default_factory=dict, max_length=60)

    @model_validator(mode="after")
    def _belongs_together(self) -> StudioDocument:
        if self.position > len(self.history):
            raise ValueError("position is behind the end of the history")
        if max(self.style.ground, self.target.ground) >= len(self.palette):
            raise ValueError("ground is no label of the palette")
        values = Parameters.from_mapping(self.parameters)
        for name in WORDS_ONLY & self.parameters.keys():
            if getattr(values, name) not in Parameters.__dataclass_fields__[name].metadata["words"]:
                raise ValueError(f"{name}: only its words are taken here, no files")
        return self

    def side(self, name: SideName) -> MapSide:
        return self.style if name == "style" else self.target

    @property
    def planes(self) -> set[str]:
        """The files of pixels that it names."""
        steps = {plane for step in self.history for plane in (step.before, step.after) if plane}
        return {*self.style.planes, *self.target.planes, *steps}

    @property
    def pictures(self) -> set[str]:
        """The files of pictures that it names."""
        return {side.picture for side in (self.style, self.target) if side.picture}

    @property
    def preset(self) -> str | None:
        value = self.parameters.get(PRESET)
        return None if value is None else str(value)

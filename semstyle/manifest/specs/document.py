"""What may stand in a spec, key by key, as pydantic checks it."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from semstyle.manifest.specs.values import Choices, Paths, Seeds, SpecPart, Tags, Texts, Value

MOST_SAMPLES = 100_000
BY_ITSELF, IN_LIST = "(by itself)", "(in a list)"
"""Names of two ways of writing that pydantic puts into the paths of errors."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class InputSet(SpecPart):
    """One set of input images."""

    style: Paths = Field(description="The style image, or a list of several for one render.")
    style_map: Paths | None = Field(default=None, description="The style's semantic map, or a list of them.")
    target_map: str | None = Field(default=None, description="The semantic map of the image to make.")
    content: str | None = Field(default=None, description="The content image.")
    tags: Tags = Field(default_factory=dict, description="Tags of its rows.")


class Images(SpecPart):
    """One image, or all that a pattern matches."""

    image: str | None = Field(default=None, description="A path or URI.")
    glob: str | None = Field(default=None, description="A pattern such as paintings/*.jpg.")
    map: str | None = Field(
        default=None,
        description="The image's semantic map. With glob a pattern such as {stem}_map.png, which starts from the "
        "image's folder.",
    )
    tags: Tags = Field(
        default_factory=dict, description="Tags of its rows; with glob, {stem} and {name} are filled in."
    )

    @model_validator(mode="after")
    def _names_images(self) -> Images:
        if (self.image is None) == (self.glob is None):
            raise ValueError("give either image, a path, or glob, a pattern such as paintings/*.jpg")
        return self


class Targets(SpecPart):
    """One doodle, which is the semantic map of an image to make, or all that a pattern matches."""

    map: str | None = Field(default=None, description="A path or URI.")
    glob: str | None = Field(default=None, description="A pattern such as doodles/*.png.")
    tags: Tags = Field(
        default_factory=dict, description="Tags of its rows; with glob, {stem} and {name} are filled in."
    )

    @model_validator(mode="after")
    def _names_maps(self) -> Targets:
        if (self.map is None) == (self.glob is None):
            raise ValueError("give either map, a path, or glob, a pattern such as doodles/*.png")
        return self


def way_of_writing(value: Any) -> str:
    return IN_LIST if isinstance(value, list) else BY_ITSELF


ManyImages = Annotated[
    Annotated[Images, Tag(BY_ITSELF)] | Annotated[list[Images], Field(min_length=1), Tag(IN_LIST)],
    Discriminator(way_of_writing),
]
ManyTargets = Annotated[
    Annotated[Targets, Tag(BY_ITSELF)] | Annotated[list[Targets], Field(min_length=1), Tag(IN_LIST)],
    Discriminator(way_of_writing),
]


class SampledRange(SpecPart):
    """What a parameter is sampled from: an interval, or some values."""

    low: Number | None = None
    high: Number | None = None
    log: bool = Field(default=False, description="Whether each doubling is as likely as any other.")
    integer: bool = Field(default=False, description="Whether to round to whole numbers.")
    choices: Choices | None = Field(default=None, description="The values, each as likely.")

    @model_validator(mode="after")
    def _is_a_range(self) -> SampledRange:
        if self.choices is not None:
            if self.low is not None or self.high is not None or self.log or self.integer:
                raise ValueError("has choices beside low, high, log or integer; keep one kind")
            return self
        if self.low is None or self.high is None:
            raise ValueError("needs low and high, or choices; for example {low: 10, high: 250}")
        if not self.low < self.high or not math.isfinite(self.high - self.low):
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"log needs low above 0, and it is {self.low:g}")
        if self.integer and math.ceil(self.low) > math.floor(self.high):
            raise ValueError("there is no whole number between low and high")
        return self


class SampledPoints(SpecPart):
    """Points spread over ranges of several parameters at once."""

    method: Literal["sobol", "latin", "random"] = Field(
        default="sobol", description="sobol and random keep their points when n grows; latin makes all anew."
    )
    n: int = Field(ge=1, le=MOST_SAMPLES, description="How many points.")
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Another seed, other points.")
    ranges: dict[str, SampledRange] = Field(min_length=1, description="Parameter → its range.")


class Block(SpecPart):
    """What a job may say, and what may stand beside ``jobs`` for all of them."""

    styles: ManyImages | None = Field(default=None, description="Every style is used with every content or target.")
    contents: ManyImages | None = Field(default=None, description="Content images; their maps are the target maps.")
    targets: ManyTargets | None = Field(default=None, description="Doodles: target maps without content images.")
    presets: Choices | None = Field(default=None, description="The same as grid.preset.")
    grid: dict[str, Choices] = Field(default_factory=dict, description="Every combination of these values.")
    zip: dict[str, Choices] = Field(default_factory=dict, description="These values in step: lists of one length.")
    sample: SampledPoints | None = Field(default=None, description="Points spread over ranges of several parameters.")
    seeds: Seeds | None = Field(default=None, description="How many seeds, from 0 on, or a list of them.")
    fixed: dict[str, Value] = Field(default_factory=dict, description="The same value in every row.")
    when: dict[str, str] = Field(
        default_factory=dict, description="Parameter → the condition under which its values apply."
    )
    exclude: Texts | None = Field(
        default=None, description="Rows for which one of these conditions holds are left out."
    )
    tags: Tags = Field(default_factory=dict, description="Tags of every row.")

    def names(self) -> dict[str, str]:
        """Return where each parameter is set that varies or is fixed here: its name → the key, such as ``grid``."""
        places = dict.fromkeys(self.fixed, "fixed")
        for key in ("grid", "zip"):
            places.update(dict.fromkeys(getattr(self, key), key))
        places.update(dict.fromkeys(self.sample.ranges if self.sample else (), "sample.ranges"))
        places.update({"seed": "seeds"} if self.seeds is not None else {})
        places.update({"preset": "presets"} if self.presets is not None else {})
        return places


class SpecJob(Block):
    """Some images, and the parameters that they are rendered with."""

    inputs: list[InputSet] | None = Field(default=None, min_length=1, description="Sets of inputs, one by one.")


class OneJob(SpecJob):
    """A spec of one job."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["inputs"]}, {"required": ["styles"]}]})

    environment: list[str] = Field(default_factory=list, description="Environment variables that ${NAME} may name.")


class Jobs(Block):
    """A spec of several jobs; what stands beside them holds for all, and each job may say otherwise."""

    jobs: list[SpecJob] = Field(min_length=1)
    environment: list[str] = Field(default_factory=list, description="Environment variables that ${NAME} may name.")

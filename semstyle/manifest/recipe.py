"""What an image was rendered from, as text in its own file, and the command that makes it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError, ParameterError
from semstyle.image_formats import PNG, ImageFormat
from semstyle.manifest.row import Row
from semstyle.storage import redact

RECIPE_KEY = "semstyle"
"""The key of the text in an image's file."""
OPTIONS = {"style": "--style", "style_map": "--style-map", "target_map": "--target-map", "content": "--content"}

Value = str | int | float | None


class Recipe(BaseModel):
    """The inputs and the parameters of a render, without passwords; nothing that differs from one run to the next.

    Attributes:
        inputs: Column → path or URI, or several.
        parameters: Those that were used, with the defaults of their version.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    inputs: dict[str, str | list[str]] = Field(max_length=len(OPTIONS))
    parameters: dict[str, Value] = Field(max_length=200)

    @classmethod
    def of(cls, row: Row, phases: int) -> Recipe:
        """Make the recipe of a render of ``row`` that had so many ``phases``."""
        inputs = {column: safe(value) for column, value in row.inputs.items() if value is not None}
        used = row.parameters.settled(row.content is not None, phases).as_dict()
        return cls(inputs=inputs, parameters={name: safe(value) for name, value in used.items() if value is not None})

    def text(self) -> str:
        return self.model_dump_json()

    def texts(self) -> dict[str, str]:
        """Return what an image's file is to say; see :func:`semstyle.image_formats.encode_image`."""
        return {RECIPE_KEY: self.text()}

    def settings(self) -> dict[str, Value]:
        """Return the parameters that are not the defaults of this version's method.

        Raises:
            ParameterError: when one of them is none of this version's, or out of its range.
        """
        used = Parameters.from_mapping(self.parameters).as_dict()
        method = Parameters.from_mapping({"method": self.parameters.get("method")})
        phases = self.parameters.get("phases")
        usual = method.settled("content" in self.inputs, phases if isinstance(phases, int) else 1).as_dict()
        usual["method"] = Parameters().method
        usual["quality"] = Parameters.from_mapping({"format": used["format"]}).quality
        return {name: value for name, value in used.items() if value != usual[name] and value is not None}

    def command(self) -> str:
        """Return the command that renders it again, or for several styles the spec of a manifest.

        Raises:
            ParameterError: as :meth:`settings`.
        """
        settings = self.settings()
        if any(isinstance(value, list) for value in self.inputs.values()):
            return json.dumps({"inputs": [self.inputs], "fixed": settings}, ensure_ascii=False)
        words = ["semstyle", "render"]
        for column, option in OPTIONS.items():
            if column in self.inputs:
                words.append(f"{option}={self.inputs[column]}")  # a path may begin with a dash
        kind = settings.pop("format", PNG.name)  # which the name says
        for name, value in settings.items():
            words += ["--set", f"{name}={value}"]
        return shlex.join([*words, "-o", f"again.{kind}"])


def without_recipe(kind: ImageFormat) -> str:
    """Return a remark on an image whose recipe its file has no room for."""
    return f"its {kind.name} file has no room for how it was made, so `semstyle show` cannot tell; its record does"


def safe(value: Any) -> Any:
    """Return a text, or several, without passwords."""
    if isinstance(value, tuple):
        return [redact(part) for part in value]
    return redact(value) if isinstance(value, str) else value


def read_recipe(texts: Mapping[str, Any], name: str) -> Recipe:
    """Read the recipe among an image file's ``texts``.

    Args:
        name: Of the file, for messages.

    Raises:
        InputError: when there is none, or it is damaged.
    """
    text = texts.get(RECIPE_KEY)
    if not isinstance(text, str):
        raise InputError(f"{name}: it does not say how it was made; images that semstyle has written do")
    try:
        recipe = Recipe.model_validate_json(text)
    except ValidationError:
        raise InputError(f"{name}: what it says of how it was made is damaged") from None
    if unknown := sorted(recipe.inputs.keys() - OPTIONS.keys()):
        raise InputError(f"{name}: what it says of how it was made is damaged: there is no input {unknown[0]!r}")
    try:
        recipe.settings()
    except ParameterError as error:
        raise InputError(f"{name}: it was made by another version of semstyle: {error}") from None
    return recipe

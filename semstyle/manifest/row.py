"""One row of a manifest: a render to make, or why it cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from semstyle.counted import counted
from semstyle.engine.named_encoders import ENCODERS
from semstyle.engine.parameters import INITS, MOST_STYLES, MOST_VIEWS, Parameters
from semstyle.errors import InputError, ParameterError
from semstyle.manifest.columns import ID_COLUMN, LIST_COLUMNS, PRIORITY_COLUMN, SETTING_COLUMNS, TAGS_COLUMN
from semstyle.manifest.identity import check_id, default_id, digest, fallback_id
from semstyle.manifest.priority import checked_priority
from semstyle.manifest.tags import checked_tags
from semstyle.maps.asked import Asked, is_asked, parse_asked
from semstyle.storage import StorageError, one_line, redact, resolve

URI_PARAMETERS = {"init": INITS, "encoder": ENCODERS}
"""Parameters that hold a URI unless they hold one of these words."""
LONGEST_URI = 8 * 2**10
MAP_COLUMNS = ("style_map", "target_map")
"""The columns that hold URIs of maps, or ask for maps to be made."""


Checked = TypeVar("Checked")
Input = str | tuple[str, ...] | None
"""What an input column holds: several URIs only in ``LIST_COLUMNS``; a single URI is always text."""


@dataclass(frozen=True)
class Position:
    """Where a row stands: a Parquet file's URI, and the row in it counted from 1."""

    file: str
    row: int


@dataclass(frozen=True)
class Row:
    """A render to make. URIs are absolute; two rows with the same ``render_id`` are one render.

    Attributes:
        styles: URIs of the styles, at least one.
        style_maps: URIs of maps, one of each style, or None. When maps are to be made, it holds only the text that asks
            for them, and so does ``target_map``.
        priority: Rows of higher priority are rendered first; it changes nothing in the image.
    """

    styles: tuple[str, ...]
    style_maps: tuple[str, ...] | None
    target_map: str | None
    content: str | None
    parameters: Parameters
    tags: dict[str, str]
    render_id: str
    position: Position
    priority: int = 0

    @property
    def has_default_id(self) -> bool:
        return self.render_id == self.content_id

    @property
    def content_id(self) -> str:
        """A hash of what the row renders: rows that render the same have the same one."""
        return default_id(self.inputs, self.parameters)

    @property
    def inputs(self) -> dict[str, Input]:
        """The four input columns."""
        return {
            "style": one_or_several(self.styles),
            "style_map": one_or_several(self.style_maps),
            "target_map": self.target_map,
            "content": self.content,
        }

    @property
    def asked_maps(self) -> Asked | None:
        """The maps that are to be made, or None when there are maps already, or none at all."""
        if self.target_map is None or not is_asked(self.target_map):
            return None
        return parse_asked(self.target_map)

    def uris(self) -> Iterator[tuple[str, str]]:
        """Yield (column, URI) of everything that the render reads."""
        asked = self.asked_maps
        for column, value in self.inputs.items():
            if asked is None or column not in MAP_COLUMNS:
                for uri in several(value) or ():
                    yield column, uri
        if asked is not None and asked.model is not None and asked.model.uri is not None:
            yield "style_map", asked.model.uri
        for column, words in URI_PARAMETERS.items():
            value = getattr(self.parameters, column)
            if value not in words and (column != "encoder" or self.parameters.traits.needs_encoder):
                yield column, value


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be rendered.

    Attributes:
        render_id: The row's own when it is a valid one, else a hash of the row: always safe as a file name.
        column: The column at fault.
        message: What is wrong with it and what to do.
    """

    render_id: str
    position: Position
    column: str
    message: str

    @property
    def content_id(self) -> str:
        """A hash of what is wrong: rows that are wrong in the same way have the same one."""
        return digest([self.column, self.message])

    def __str__(self) -> str:
        return f"{redact(self.position.file)}, row {self.position.row}, column {self.column}: {self.message}"


def clashing(row: Row | BadRow) -> BadRow:
    """Turn ``row``, whose id an earlier row with other content has, into a bad row with an id of its own."""
    message = (
        f"{row.render_id!r} is the id of an earlier row with other inputs or parameters, or differs from one only in "
        "case; give each row an id of its own, or none"
    )
    return BadRow(digest(["clash", row.render_id, row.content_id]), row.position, ID_COLUMN, message)


def one_or_several(uris: tuple[str, ...] | None) -> Input:
    return uris[0] if uris is not None and len(uris) == 1 else uris


def several(value: Input) -> tuple[str, ...] | None:
    """Undo :func:`one_or_several`."""
    return (value,) if isinstance(value, str) else value


class RowProblem(Exception):
    """A value that cannot be used, on its way to becoming a :class:`BadRow`."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = one_line(message)


def make_row(values: Mapping[str, Any], position: Position, base: str) -> Row | BadRow:
    """Check the row whose ``values`` (column → value or None) stand in a file.

    Args:
        base: The folder that relative URIs start from.
    """
    try:
        given_id = values.get(ID_COLUMN) or None
        given_id = given_id and checked_by(check_id, given_id, ID_COLUMN)
    except RowProblem as problem:
        return BadRow(fallback_id(values), position, problem.column, problem.message)
    try:
        styles, style_maps = (input_uris(values.get(column), column, base) for column in LIST_COLUMNS)
        target_map, content = (input_uri(values.get(column), column, base) for column in ("target_map", "content"))
        style_maps, target_map = asked_once(style_maps, target_map)
        row = Row(
            styles or (),
            style_maps,
            target_map,
            content,
            make_parameters(values, base),
            checked_by(checked_tags, values.get(TAGS_COLUMN), TAGS_COLUMN),
            given_id or "",
            position,
            checked_by(checked_priority, values.get(PRIORITY_COLUMN), PRIORITY_COLUMN),
        )
        check_inputs(row)
    except RowProblem as problem:
        return BadRow(given_id or fallback_id(values), position, problem.column, problem.message)
    return row if given_id else dataclasses.replace(row, render_id=row.content_id)


def checked_by(check: Callable[[Any], Checked], value: Any, column: str) -> Checked:
    """Return what ``check`` makes of a value; its :class:`ValueError`, in words for the user, is told of the column."""
    try:
        return check(value)
    except ValueError as error:
        raise RowProblem(column, str(error)) from None


def input_uris(value: Any, column: str, base: str) -> tuple[str, ...] | None:
    """Return the absolute URIs of a text or a list of texts, or None when there are none."""
    if not isinstance(value, list | tuple):
        uri = input_uri(value, column, base)
        return None if uri is None else (uri,)
    if len(value) > MOST_STYLES:
        raise RowProblem(column, f"holds {len(value):,} paths or URIs; the most is {MOST_STYLES}")
    uris = tuple(uri for part in value if (uri := input_uri(part, column, base)) is not None)
    if len(uris) < len(value):
        raise RowProblem(column, "holds an empty path or URI; name a file, or leave it out")
    return uris or None


def input_uri(value: Any, column: str, base: str) -> str | None:
    """Return the absolute URI, or None for an empty text, as CSV files have where there is no input."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise RowProblem(column, f"{value!r} is not a path or URI")
    if len(value) > LONGEST_URI:
        raise RowProblem(column, f"holds a path or URI of {len(value):,} characters; the most is {LONGEST_URI:,}")
    try:
        if column in MAP_COLUMNS and is_asked(value):
            return str(parse_asked(value).resolved(base))
        return resolve(value, base)
    except (InputError, StorageError) as error:
        raise RowProblem(column, str(error)) from None


def asked_once(style_maps: tuple[str, ...] | None, target_map: str | None) -> tuple[tuple[str, ...] | None, str | None]:
    """Return both; where maps are to be made, both must ask for them in the same text, which is then returned once."""
    asked = {text for text in style_maps or () if is_asked(text)}
    if not asked:
        if target_map is not None and is_asked(target_map):
            raise RowProblem(
                "style_map", f"must be {target_map} as target_map is: maps are made for both images together"
            )
        return style_maps, target_map
    text = min(asked)
    if set(style_maps or ()) != {text}:
        raise RowProblem("style_map", f"holds {text} and others; maps are made for all images together, or for none")
    if target_map not in {None, text}:
        raise RowProblem(
            "target_map", f"must be {text} as style_map is, or empty: maps are made for both images together"
        )
    return (text,), text


def make_parameters(values: Mapping[str, Any], base: str) -> Parameters:
    try:
        parameters = Parameters.from_mapping({name: values.get(name) for name in SETTING_COLUMNS})
    except ParameterError as error:
        raise RowProblem(error.name, str(error).removeprefix(f"{error.name}: ")) from None
    resolved: dict[str, Any] = {}
    for column, words in URI_PARAMETERS.items():
        value = getattr(parameters, column)
        if value not in words:
            resolved[column] = input_uri(value, column, base)
    return dataclasses.replace(parameters, **resolved) if resolved else parameters


def check_inputs(row: Row) -> None:
    """Refuse a row that lacks an input: the style, the other of two maps, or a content image that it starts from."""
    count, inputs = len(row.styles), row.inputs
    if not count:
        raise RowProblem("style", "is empty; each row names its style image")
    for column, other in (("style_map", "target_map"), ("target_map", "style_map")):
        if inputs[column] is None and inputs[other] is not None:
            raise RowProblem(
                column, f"is empty while {other} is given; each image has its own map: give both or neither"
            )
    asked = row.asked_maps
    if asked is not None and row.content is None:
        raise RowProblem("content", f"is empty while style_map is {asked}; give the image to make a map of")
    if row.style_maps is not None and asked is None and len(row.style_maps) != count:
        raise RowProblem(
            "style_map",
            f"holds {counted(len(row.style_maps), 'map')} for {counted(count, 'style')}; give each style its own",
        )
    shares = row.parameters.style_shares
    if shares is not None and len(shares) != count:
        raise RowProblem(
            "style_shares", f"holds {counted(len(shares), 'number')} for {counted(count, 'style')}; give one for each"
        )
    parameters = row.parameters
    if (views := count * len(parameters.rotations) * len(parameters.scales)) > MOST_VIEWS:
        raise RowProblem("style", f"has {views} views by rotations and scales; the most is {MOST_VIEWS}")
    if parameters.traits.needs_content and row.content is None:
        raise RowProblem(
            "content", f"is empty while method is {parameters.method}, which needs a content image; give one"
        )
    for name, value in (("init", "content"), ("preserve_color", "content"), ("preserve", "photo")):
        if getattr(parameters, name) == value and row.content is None:
            raise RowProblem("content", f"is empty while {name} is {value}; give a content image or another {name}")
    if parameters.content_weights is not None:
        for column, what in (("content", "a content image"), ("target_map", "the maps whose colours it names")):
            if inputs[column] is None:
                raise RowProblem(column, f"is empty while content_weights is given; give {what}, or leave it out")

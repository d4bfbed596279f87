"""Whatever is given to ``--set`` and ``--size``, ``semstyle render`` renders or says in one line why not."""

from __future__ import annotations

import dataclasses
import os
import traceback
from pathlib import Path
from typing import Any

import pytest
from forged_images import NOISE, saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settling import assert_is_one_clear_line
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.engine.parameter import element_type, parameter_type
from semstyle.engine.parameters import Parameters
from semstyle.errors import SemstyleError
from semstyle.storage import one_line

FIELDS = {field.name: field for field in dataclasses.fields(Parameters)}
ANYTHING = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
RENDERED = settings(ANYTHING, max_examples=150)


@pytest.fixture(scope="module", autouse=True)
def in_a_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    before, folder = Path.cwd(), tmp_path_factory.mktemp("settings")
    (folder / "style.png").write_bytes(saved(NOISE))
    os.chdir(folder)
    yield
    os.chdir(before)


def renders(style: str, *arguments: str) -> bool:
    """Whether the command ended well; else it must have said why, as its last words on stderr or as its error."""
    ended = CliRunner().invoke(app, ["render", "--style", style, "-o", "out.png", *arguments])
    error = ended.exception
    if error is None or (isinstance(error, SystemExit) and error.code == 0):
        return True
    if isinstance(error, SystemExit):  # the command line itself could not be read
        assert error.code == 2 and ended.stderr.startswith("Usage: "), ended.stderr
    else:
        assert isinstance(error, SemstyleError), "".join(traceback.format_exception(error))
        assert_is_one_clear_line(one_line(str(error)))
    return False


WORDS = [
    *("", " ", "nan", "inf", "-inf", "1e999", "-0", "+5", "0x10", "1_000", "١٢", "²", "9" * 400, "1e-400", "True"),
    *("noise", "content", "auto", "compact", "pixels", "s3://", "http://[", "://", "\0", "\n", "a" * 10_000),
    *(",", "3_1,", "3_1,3_1", "relu3_1", "1,,2", "0,15,-15", "64x64", "0x0", "x", "1x1", "999999x1", "12×12", "٣x٣"),
]
TEXT = st.sampled_from(WORDS) | st.text(max_size=12) | st.integers().map(str) | st.floats().map(str)
NAMES = st.sampled_from([*FIELDS, "style", "tags", "render_id", "Size", "size ", "--size", ""]) | st.text(max_size=6)
SETTINGS = st.lists(st.tuples(NAMES, TEXT).map("=".join) | TEXT, max_size=3)


@ANYTHING
@given(SETTINGS, st.none() | TEXT)
def test_anything_at_all(given_settings: list[str], size: str | None) -> None:
    arguments = [part for setting in given_settings for part in ("--set", setting)]
    # There is no such style: what is legal comes to that.
    assert not renders("absent.png", *arguments, *([] if size is None else ["--size", size]))


def legal(name: str) -> st.SearchStrategy[str]:
    """Values that the parameter takes, its extremes among them."""
    field = FIELDS[name]
    kind, choices = parameter_type(field), field.metadata.get("choices")
    if name in {"init", "encoder"}:
        return st.sampled_from({"init": ["noise", "content", "style.png"], "encoder": ["compact", "pixels"]}[name])
    if name == "content_weights":
        return st.sampled_from(["#f00=2", "#ff0000=1000,#00f=0"])
    if choices and kind is tuple:
        return st.lists(st.sampled_from(list(choices)), min_size=1, max_size=3, unique=True).map(",".join)
    if choices:
        return st.sampled_from(list(choices))
    numbers = numbers_of(name, field.metadata["low"], field.metadata["high"], is_whole=kind is int)
    if kind is tuple:
        assert element_type(field) is float
        return st.lists(numbers, min_size=1, max_size=3, unique=True).map(",".join)
    return numbers


MOST = {"size": 40, "iterations": 3, "phases": 2, "passes": 2}
"""So that a render takes no more than moments."""


def numbers_of(name: str, low: float, high: float, is_whole: bool) -> st.SearchStrategy[str]:
    high = min(high, MOST.get(name, high))
    between: st.SearchStrategy[Any] = st.integers(int(low), int(high)) if is_whole else st.floats(low, high)
    return (between | st.sampled_from([low, high])).map(str)


@RENDERED
@given(st.lists(st.sampled_from(list(FIELDS)), max_size=4, unique=True), st.data())
def test_anything_legal(names: list[str], data: st.DataObject) -> None:
    given_settings = {"size": "32", "iterations": "1", "phases": "1"} | {name: data.draw(legal(name)) for name in names}
    renders("style.png", *(part for pair in given_settings.items() for part in ("--set", "=".join(pair))))


def test_something_renders() -> None:
    assert renders("style.png", "--size", "48x32", "--set", "iterations=1")

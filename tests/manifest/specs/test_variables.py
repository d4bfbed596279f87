"""``${NAME}``: only what the spec names, and never its value in a message."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

import pytest
from enumerated import ONE, built, files, ids_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semstyle.errors import SemstyleError
from semstyle.manifest import ManifestError
from semstyle.manifest.specs.variables import hidden


def test_what_the_spec_names_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, ["photos/a.png"])
    monkeypatch.setenv("PHOTOS", "photos")
    monkeypatch.setenv("SIDE", "128")
    text = """
    environment: [PHOTOS, SIDE]
    styles: {glob: "${PHOTOS}/*.png", tags: {of: "from ${PHOTOS}, ${SIDE} wide"}}
    grid: {size: ["${SIDE}", 64]}
    """
    rows = built(tmp_path, dedent(text))
    assert [row.parameters.size for row in rows] == [128, 64]
    assert rows[0].styles == (str(tmp_path / "photos/a.png"),)
    assert rows[0].tags == {"of": "from photos, 128 wide"}
    assert ids_of(rows) == ids_of(built(tmp_path, "{inputs: [{style: photos/a.png}], grid: {size: [128, 64]}}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inputs: [{style: '${HOME}/a'}]", r"inputs\[0\]\.style: \$\{HOME\} is not among environment; name it there"),
        ("{environment: [B], inputs: [{style: '${HOME}/a'}]}", r"inputs\[0\]\.style: \$\{HOME\} is not among"),
        ("{environment: [NOT_THERE], inputs: [{style: a}]}", r"environment\[0\]: .* NOT_THERE is not set"),
        ("{environment: [B, 'a b'], inputs: [{style: a}]}", r"environment\[1\]: 'a b' is no name of a variable"),
        ("{environment: [B], inputs: [{style: '${B'}]}", r"inputs\[0\]\.style: \$\{ begins a reference"),
        ("{environment: [B], inputs: [{style: '${}'}]}", r"inputs\[0\]\.style: \$\{ begins a reference"),
        ("{environment: B, inputs: [{style: a}]}", "environment: is no list"),
        ("{environment: [3], inputs: [{style: a}]}", r"environment\[0\]: is not text"),
        ("{environment: [AWS_SECRET_ACCESS_KEY], inputs: [{style: a}]}", "is a credential by its name"),
        ("{environment: [MY_TOKEN], inputs: [{style: a}]}", "is a credential by its name"),
        ("{environment: [DATABASE], inputs: [{style: a}]}", "DATABASE holds a credential, and a manifest is no place"),
        ("{environment: [LONG], inputs: [{style: a}]}", "LONG holds more than 500 characters"),
        ("{environment: [LINES], inputs: [{style: a}]}", "LINES holds more than 500 characters, or some of no shape"),
        (
            "{environment: [B], inputs: [{style: a}], exclude: 'size = ${B}'}",
            r"exclude\[0\]: character 8: size is comp",
        ),
        ("{environment: [B], inputs: [{style: a}], '${B}': 1}", "there is no such key"),
        ("{jobs: [{environment: [B], inputs: [{style: a}]}]}", r"jobs\[0\]\.environment: there is no such key"),
    ],
)
def test_anything_else_is_an_error(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B", "b")
    monkeypatch.setenv("MY_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("DATABASE", "https://user:hunter2@example.com/")
    monkeypatch.setenv("LONG", "x" * 501)
    monkeypatch.setenv("LINES", "a\nb")
    with pytest.raises(ManifestError, match=rf"spec\.yaml: .*{message}"):
        built(tmp_path, text)


def test_many_long_references_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B", "b" * 500)
    with pytest.raises(ManifestError, match="style: 500,000 characters with its variables; the most is 8,192"):
        built(tmp_path, f"{{environment: [B], inputs: [{{style: '{'${B}' * 1000}'}}]}}")


MISUSES = [
    "inputs: [{style: 'a::${PLACE}'}]",
    "inputs: [{style: '${PLACE}', style_map: b}]",
    "styles: {glob: '${PLACE}/*.png'}",
    "styles: {glob: '*.png${PLACE}'}",
    "styles: {glob: '*/${PLACE}'}",
    "styles: {glob: '*.png', map: '{${PLACE}}'}",
    "styles: {glob: '*.png', tags: {a: '{${PLACE}}'}}",
    ONE + "fixed: {size: '${PLACE}'}",
    ONE + "fixed: {method: '${PLACE}'}",
    ONE + "fixed: {style_layers: '${PLACE}'}",
    ONE + "fixed: {style_layers: ['${PLACE}']}",
    ONE + "fixed: {rotations: '${PLACE}'}",
    ONE + "fixed: {content_weights: '${PLACE}'}",
    ONE + "presets: '${PLACE}'",
    ONE + "seeds: '${PLACE}'",
    ONE + "zip: '${PLACE}'",
    ONE + "sample: {n: 2, ranges: {size: {choices: ['${PLACE}']}}}",
    ONE + "sample: {n: 2, method: '${PLACE}', ranges: {size: {choices: [64]}}}",
    "inputs: [{style: a, target_map: 'auto:${PLACE}', style_map: b}]",
]


@pytest.mark.parametrize("misuse", MISUSES)
@pytest.mark.parametrize("value", ["hunter2hunter2", "/data//hunter2/../hunter2", 'it\'s "hunter2" \\ here', "hunter2"])
def test_no_message_tells_a_value(misuse: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, ["x.png"])
    monkeypatch.setenv("PLACE", value)
    with pytest.raises(SemstyleError) as caught:
        built(tmp_path, f"environment: [PLACE]\n{misuse}")
    assert "hunter" not in str(caught.value)


def test_a_short_value_hides_no_parts_of_words() -> None:
    assert hidden("size: 5 is not one of 512, a5 or 5", {"B": "5"}) == "size: ${B} is not one of 512, a5 or ${B}"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=4, max_size=40), st.data())
def test_any_value_is_hidden(value: str, data: st.DataObject) -> None:
    forms: Iterable[str] = (value, repr(value))
    message = f"a message about {data.draw(st.sampled_from(list(forms)))} and more"
    assert value not in hidden(message, {"IT": value}).replace("${IT}", "")

"""Data as scripts: whatever a text is, it stays a text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from semstyle.report.data.script import as_json, data_script, digest_of


@given(st.text())
def test_any_text_comes_back_and_ends_no_script_and_no_line(text: str) -> None:
    written = data_script("kind", 3, {text: [text]}).decode()
    assert written.startswith('semstyleData("kind",3,') and written.endswith(")\n")
    content = written[len('semstyleData("kind",3,') : -2]
    assert json.loads(content) == {text: [text]}
    assert not {"<", "\u2028", "\u2029", "\n", "\r"} & set(content)


def test_half_a_letter_and_no_number_do_not_break_a_file() -> None:
    assert as_json("\ud800") == '"?"'
    assert as_json({"a": [float("nan"), 1.5], "b": (float("-inf"), "x")}) == '{"a":[null,1.5],"b":[null,"x"]}'


def test_a_digest_tells_apart_how_bytes_are_divided() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")

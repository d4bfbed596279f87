"""Grid specs from strangers: one that would take minutes, or fill the memory, is refused in seconds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from settling import assert_is_one_clear_line

from semstyle.manifest import ManifestError
from semstyle.manifest.specs import MOST_SPEC_BYTES, read_spec
from semstyle.manifest.yaml_loader import LONGEST_SCALAR, MOST_DEPTH, load_yaml

MOST_SECONDS, MOST_MEGABYTES = 15, 300
GOOD = "inputs: [{style: a.png}]\n"


def filled(start: str, part: str, end: str = "") -> str:
    """As long as a spec may be."""
    return start + part * ((MOST_SPEC_BYTES - len(start) - len(end)) // len(part)) + end


def aliases_of_aliases(depth: int, each: int) -> str:
    """``each`` to the power ``depth`` texts, in a few lines."""
    lines = [f"a{number}: &a{number} [{','.join([f'*a{number - 1}'] * each)}]" for number in range(1, depth)]
    return "\n".join(["a0: &a0 [x]", *lines])


SLOW: dict[str, tuple[Callable[[], str], str]] = {
    "400,000 aliases": (lambda: "a: &a x\nb: [" + "*a," * 400_000 + "]", "more than 250,000 words"),
    "as many aliases as fit": (lambda: filled("a: &a x\nb: [", "*a,", "]"), "more than 250,000 words"),
    "aliases of aliases": (lambda: GOOD + aliases_of_aliases(30, 10), "stands for more than 250,000 values"),
    "inputs of an input with a thousand tags": (
        lambda: (
            "x: &x {style: a, tags: {"
            + ",".join(f"t{n}: 1" for n in range(1000))
            + "}}\ninputs: ["
            + "*x," * 9000
            + "]"
        ),
        "stands for more than 250,000 values",
    ),
    "an alias of itself": (lambda: GOOD + "grid: &a {size: [*a]}", "an alias inside of what it stands for"),
    "as many anchors as fit": (
        lambda: "a: [" + ",".join(f"&a{number} x" for number in range(160_000)) + "]",
        "more than 250,000 words",
    ),
    "as many keys as fit": (lambda: "\n".join(f"k{number}: 1" for number in range(180_000)), "more than 250,000 words"),
    "one key, again and again": (lambda: filled("a: {", "a,", "}"), "more than 250,000 words"),
    "as many numbers as fit": (lambda: filled("a: [", "1,", "]"), "more than 250,000 words"),
    "as many moments as fit": (lambda: filled("a: [", "2001-01-01,", "]"), "more than 250,000 words"),
    "as many marks as fit": (lambda: filled("a: [", "!!str x,", "]"), "more than 250,000 words"),
    "as many directives as fit": (lambda: filled("", "%a b\n"), "more than 250,000 words"),
    "lists in lists": (lambda: filled("", "["), "nested more than 20 deep"),
    "maps in maps": (lambda: filled("", "{a: "), "nested more than 20 deep"),
    "dashes": (lambda: filled("", "- "), "nested more than 20 deep"),
    "questions": (lambda: filled("", "? "), "nested more than 20 deep"),
    "steps to the right": (lambda: "\n".join(" " * n + "-" for n in range(1900)), "nested more than 20 deep"),
    "a text of 2 MB": (lambda: filled("a: ", "x"), "a text of 2,097,149 characters; the most is 8,192"),
    "a folded text": (lambda: filled("a: >\n", " x\n"), "characters; the most is 8,192"),
    "a quoted text": (lambda: filled('a: "', "\\x41", '"'), "characters; the most is 8,192"),
    "a number of 2 MB": (lambda: filled("a: ", "1"), "characters; the most is 8,192"),
    "minutes of minutes": (lambda: filled("a: 1", ":59"), "characters; the most is 8,192"),
    "a key of 10 kB": (lambda: GOOD + "? " + "k" * 10_000 + "\n: 1", "a text of 10,000 characters"),
    "a mark of 2 MB": (lambda: filled("a: !<", "x", "> x"), "could not determine a constructor"),
    "an anchor of 2 MB": (lambda: filled("a: &", "x", " x"), "a: there is no such key"),
    "comments": (lambda: filled("", "#\n"), "a grid spec is"),
    "nothing, at length": (lambda: filled("", "\n"), "a grid spec is"),
    "a thousand samples of a hundred thousand": (
        lambda: (
            "sample: {n: 100000, ranges: {size: {low: 32, high: 64}, seed: {low: 0, high: 9}}}\n"
            "jobs: [&a {inputs: [{style: a}]}," + "*a," * 1000 + "]"
        ),
        "it stands for 100,100,000 rows, and the most is 10,000,000",
    ),
    "a thousand jobs of a million seeds": (
        lambda: "seeds: 1000000\njobs: [&a {inputs: [{style: a}]}," + "*a," * 1000 + "]",
        "it stands for 1,001,000,000 rows",
    ),
    "styles by contents without end": (
        lambda: "styles: [&a {image: a}," + "*a," * 20_000 + "]\ncontents: [&b {image: b}," + "*b," * 20_000 + "]",
        "it stands for 400,040,001 rows",
    ),
    "a condition that is nested without end": (
        lambda: f"{GOOD}exclude: '{'(' * 4000}'",
        "character 51: more than 50 parentheses and not inside one another",
    ),
    "a condition of 8 kB": (lambda: f"{GOOD}exclude: '{'size = 1 or ' * 600}'", "a condition of 7,200 characters"),
    "a condition in a circle of all": (
        lambda: (
            f"{GOOD}grid: {{size: 64, seed: 1, passes: 1}}\n"
            "when: {size: seed = 1, seed: passes = 1, passes: size = 64}"
        ),
        "which depends on",
    ),
    "documents": (lambda: filled("", "---\n"), "but found another document"),
}


@pytest.mark.parametrize("case", SLOW)
def test_a_spec_that_would_take_minutes_is_refused_in_seconds(case: str, tmp_path: Path) -> None:
    make, message = SLOW[case]
    path = tmp_path / "grid.yaml"
    path.write_text(make())
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ManifestError, match=message) as caught:
        read_spec(str(path))
    assert time.process_time() - begun < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEGABYTES * 1024
    assert_is_one_clear_line(str(caught.value))


def test_what_is_just_within_the_limits_is_read() -> None:
    deep = "[" * MOST_DEPTH + "]" * MOST_DEPTH
    assert str(load_yaml(deep.encode())) == deep
    assert load_yaml(b"x" * LONGEST_SCALAR) == "x" * LONGEST_SCALAR
    shared = load_yaml(b"a: &a [1, 2]\nb: [" + b"*a," * 20_000 + b"]")
    assert shared["b"] == [[1, 2]] * 20_000


def test_a_long_but_honest_spec_is_read(tmp_path: Path) -> None:
    lines = (f"  - {{style: s{number}.jpg, style_map: s{number}.png, target_map: t.png}}" for number in range(8000))
    (tmp_path / "grid.yaml").write_text("\n".join(["inputs:", *lines, "grid: {size: [256, 512]}"]))
    assert read_spec(str(tmp_path / "grid.yaml")).row_count == 16_000

"""What to say of a spec that is not as it should be, in words for the user, with the path of the key."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from semstyle.manifest.columns import SPEC_COLUMNS, nearest
from semstyle.manifest.specs.document import (
    BY_ITSELF,
    IN_LIST,
    Images,
    InputSet,
    Jobs,
    OneJob,
    SampledPoints,
    SampledRange,
    Targets,
)

WORDS = {
    "missing": "is missing",
    "list_type": "is no list; put a dash before each item",
    "dict_type": "is no mapping of names to values",
    "model_type": "is no mapping of names to values",
    "string_type": "is not text; it may need quotes",
    "too_short": "is empty; give at least one value",
    "int_type": "is no whole number",
    "float_type": "is no number",
    "bool_type": "is neither true nor false",
    "finite_number": "is no finite number",
}
"""What to say of a value, by the kind of pydantic's complaint."""
LIMITS = {
    "literal_error": "is none of {expected}",
    "greater_than_equal": "is too small; the least is {ge:,}",
    "less_than_equal": "is too large; the most is {le:,}",
}
"""The same for values out of a range, which pydantic tells."""
EXAMPLES = {
    "inputs": "; for example inputs: [{style: style.jpg}]",
    "style": "; for example style: style.jpg",
    "styles": "; for example styles: {glob: paintings/*.jpg}",
    "contents": "; for example contents: {glob: photos/*.jpg}",
    "targets": "; for example targets: {glob: doodles/*.png}",
    "grid": "; for example grid: {size: [256, 512]}",
    "zip": "; for example zip: {size: [256, 512], iterations: [50, 100]}",
    "sample": "; for example sample: {n: 16, ranges: {style_weight: {low: 10, high: 250}}}",
    "ranges": "; for example ranges: {style_weight: {low: 10, high: 250}}",
    "fixed": "; for example fixed: {size: 256}",
    "when": "; for example when: {variety: method != gram}",
    "exclude": "; for example exclude: [size == 512 and method == analogy]",
    "environment": "; for example environment: [PHOTOS]",
    "tags": "; for example tags: {scene: coast}",
}
NO_SPEC = "a grid spec is a mapping with inputs and grid, or with jobs, such as inputs: [{style: style.jpg}]"
INSIDE: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("inputs[", (InputSet,)),
    ("styles", (Images,)),
    ("contents", (Images,)),
    ("targets", (Targets,)),
    ("sample.ranges.", (SampledRange,)),
    ("sample.", (SampledPoints,)),
)
"""The models in which a misspelt key is looked for, by what its path holds; elsewhere it is one of a spec."""


def first_problem(error: ValidationError) -> str:
    """Say the first of pydantic's complaints, such as ``jobs[1].inputs[0].stile: …``; misspelt keys come first."""
    problems = error.errors(include_url=False, include_input=False)
    problem = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    place = [part for part in problem["loc"] if part not in (BY_ITSELF, IN_LIST, "[key]")]
    path = written(place)
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    if problem["type"] == "extra_forbidden":
        message = f"there is no such key{meant(name, path)}"
    elif problem["type"] in WORDS:
        message = f"{WORDS[problem['type']]}{EXAMPLES.get(name, '')}"
    elif problem["type"] in LIMITS:
        message = LIMITS[problem["type"]].format(**problem["ctx"])
    else:
        message = problem["msg"].removeprefix("Value error, ")
    return f"{path or 'the spec'}: {message}"


def written(place: Sequence[int | str]) -> str:
    """Write the place of a value as a path, such as ``jobs[1].grid.size``."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return path.removeprefix(".")


def meant(name: str, path: str) -> str:
    """Say what may be meant by ``name``, the unknown key at the end of ``path``."""
    if name in SPEC_COLUMNS:
        return f"; {name} is a parameter: it goes under fixed, or in a list under grid"
    models = next((models for part, models in INSIDE if part in path.removesuffix(name)), (Jobs, OneJob))
    return nearest(name, dict.fromkeys(key for model in models for key in model.model_fields))

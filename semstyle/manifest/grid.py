"""Grid specs: a few lines of YAML that stand for many rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semstyle.manifest.columns import INPUT_COLUMNS, LIST_COLUMNS, SETTING_COLUMNS, TAGS_COLUMN, nearest
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.other_kinds import instead_of_spec
from semstyle.manifest.row import URI_PARAMETERS, BadRow, Position, make_row
from semstyle.manifest.yaml_loader import load_yaml
from semstyle.storage import parent, read_bytes

MOST_SPEC_BYTES = 2 * 2**20
MOST_ROWS = 10_000_000


KINDS = {bool: "true or false", dict: "a mapping", int: "a number", float: "a number", type(None): "nothing"}
"""What YAML's values are called in messages; others go by Python's names of their types."""


WORDS = {
    "missing": "is missing",
    "list_type": "is no list; put a dash before each item",
    "dict_type": "is no mapping of names to values",
    "model_type": "is no mapping of names to values",
    "string_type": "is not text; it may need quotes",
    "too_short": "is empty; give at least one value",
}
"""What to say of a value, by the kind of pydantic's complaint."""
EXAMPLES = {
    "inputs": "; for example inputs: [{style: style.jpg}]",
    "style": "; for example style: style.jpg",
    "grid": "; for example grid: {size: [256, 512]}",
    "fixed": "; for example fixed: {size: 256}",
    "tags": "; for example tags: {scene: coast}",
}
NO_SPEC = "a grid spec is a mapping with inputs and grid, or with jobs, such as inputs: [{style: style.jpg}]"


def kind_of(value: Any) -> str:
    return KINDS.get(type(value), f"a {type(value).__name__}")


def checked_value(value: Any) -> Any:
    """Return ``value`` if it has a type that a parameter may have in YAML; the engine checks its range."""
    for part in value if isinstance(value, list) else (value,):
        if isinstance(part, bool) or not isinstance(part, str | int | float | None):
            raise ValueError(f"{kind_of(part)} is not text, a number or a list of them; text may need quotes")
    return value


def as_list(value: Any) -> Any:
    """Take a value by itself for a list of one."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


Value = Annotated[Any, AfterValidator(checked_value)]


def checked_paths(value: Any) -> Any:
    """Return ``value`` if it is text or a list of text."""
    for part in value if isinstance(value, list) else (value,):
        if not isinstance(part, str):
            raise ValueError(f"{kind_of(part)} is not a path or URI, or a list of them; text may need quotes")
    return value


Paths = Annotated[Any, AfterValidator(checked_paths)]


def as_text(value: Any) -> Any:
    """Take a number in a tag, as in ``sheet: 5``, for text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


TagText = Annotated[str, BeforeValidator(as_text)]
Tags = dict[str, TagText]


class Document(BaseModel):
    """A part of a spec, which may have no other keys than its fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class InputSet(Document):
    """One set of input images."""

    style: Paths
    style_map: Paths | None = None
    target_map: str | None = None
    content: str | None = None
    tags: Tags = Field(default_factory=dict)


class SpecJob(Document):
    """Stands for a row for each of ``inputs`` with each combination of ``grid``; ``fixed`` holds for all of them."""

    inputs: list[InputSet] = Field(min_length=1)
    grid: dict[str, Annotated[list[Value], Field(min_length=1), BeforeValidator(as_list)]] = Field(default_factory=dict)
    fixed: dict[str, Value] = Field(default_factory=dict)
    tags: Tags = Field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return len(self.inputs) * math.prod(len(values) for values in self.grid.values())


class Jobs(Document):
    """Several jobs; ``fixed`` and ``tags`` hold for all, and each job may say otherwise."""

    jobs: list[SpecJob] = Field(min_length=1)
    fixed: dict[str, Value] = Field(default_factory=dict)
    tags: Tags = Field(default_factory=dict)


@dataclass(frozen=True)
class GridSpec:
    """A spec that has been checked; what holds for all jobs is filled into each."""

    uri: str
    jobs: tuple[SpecJob, ...]

    @property
    def row_count(self) -> int:
        return sum(job.row_count for job in self.jobs)

    def columns(self) -> set[str]:
        """The columns that its rows use."""
        used = {"style"}
        for job in self.jobs:
            used.update(job.grid, job.fixed)
            for inputs in job.inputs:
                used.update(name for name in INPUT_COLUMNS if getattr(inputs, name) is not None)
                if job.tags or inputs.tags:
                    used.add(TAGS_COLUMN)
        return used

    def lists(self) -> set[str]:
        """The input columns in which some row names several inputs."""
        inputs = [inputs for job in self.jobs for inputs in job.inputs]
        return {column for column in LIST_COLUMNS if any(isinstance(getattr(one, column), list) for one in inputs)}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, grouped by input set; the last parameter of ``grid`` varies fastest.

        Raises:
            ManifestError: when a row could not be rendered; names the key of the spec.
        """
        for index, job in enumerate(self.jobs):
            for number, inputs in enumerate(job.inputs):
                for combination in itertools.product(*job.grid.values()):
                    row = grid_row(job, inputs, dict(zip(job.grid, combination, strict=True)))
                    yield self._checked(row, index, number)

    def prefix(self, index: int) -> str:
        """What stands before a job's keys in messages."""
        return f"jobs[{index}]." if len(self.jobs) > 1 else ""

    def _checked(self, row: dict[str, Any], index: int, number: int) -> dict[str, Any]:
        """Check ``row``, and return it with its parameters in their own types."""
        made = make_row(row, Position(self.uri, 0), parent(self.uri))
        if isinstance(made, BadRow):
            part = f"inputs[{number}]"
            if made.column in SETTING_COLUMNS:
                part = "grid" if made.column in self.jobs[index].grid else "fixed"
            raise ManifestError(f"{self.prefix(index)}{part}.{made.column}: {made.message}", self.uri)
        typed = made.parameters.as_dict()
        return {
            name: typed[name] if name in typed and name not in URI_PARAMETERS and value is not None else value
            for name, value in row.items()
        }


def grid_row(job: SpecJob, inputs: InputSet, combination: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(inputs, name) for name in INPUT_COLUMNS}
    for name, value in {**job.fixed, **combination}.items():
        row[name] = value
    if tags := {**job.tags, **inputs.tags}:
        row[TAGS_COLUMN] = list(tags.items())
    return row


def read_spec(uri: str) -> GridSpec:
    """Read and check a grid spec.

    Raises:
        ManifestError: names the file and the key.
        StorageError: when it cannot be read.
    """
    data = read_bytes(uri, MOST_SPEC_BYTES)
    try:
        document = load_yaml(data)
    except ValueError as error:
        raise ManifestError(instead_of_spec(data, uri) or str(error), uri) from None
    if not isinstance(document, dict):
        raise ManifestError(instead_of_spec(data, uri) or NO_SPEC, uri)
    try:
        if "jobs" in document:
            shared = Jobs.model_validate(document)
            jobs = tuple(with_shared(job, shared) for job in shared.jobs)
        else:
            jobs = (SpecJob.model_validate(document),)
    except ValidationError as error:
        raise ManifestError(first_problem(error), uri) from None
    spec = GridSpec(uri, jobs)
    for index, job in enumerate(jobs):
        check_parameter_names(job, spec.prefix(index), uri)
    if spec.row_count > MOST_ROWS:
        raise ManifestError(f"it stands for {spec.row_count:,} rows, and the most is {MOST_ROWS:,}", uri)
    return spec


def with_shared(job: SpecJob, shared: Jobs) -> SpecJob:
    fixed = {name: value for name, value in shared.fixed.items() if name not in job.grid}
    return job.model_copy(update={"fixed": {**fixed, **job.fixed}, "tags": {**shared.tags, **job.tags}})


def check_parameter_names(job: SpecJob, prefix: str, uri: str) -> None:
    for part, names in (("grid", job.grid), ("fixed", job.fixed)):
        for name in names:
            if name not in SETTING_COLUMNS:
                raise ManifestError(
                    f"{prefix}{part}.{name}: there is no such parameter{nearest(name, SETTING_COLUMNS)}", uri
                )
    if both := sorted(set(job.grid) & set(job.fixed)):
        raise ManifestError(f"{prefix}fixed.{both[0]}: it is in grid too; keep one", uri)


def first_problem(error: ValidationError) -> str:
    """Say the first of pydantic's complaints, such as ``jobs[1].inputs[0].stile: …``; misspelt keys come first."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    problem = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    path = ""
    for part in problem["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    name = next((part for part in reversed(problem["loc"]) if isinstance(part, str)), "")
    if problem["type"] == "extra_forbidden":
        message = f"there is no such key{meant(name, path)}"
    elif problem["type"] in WORDS:
        message = f"{WORDS[problem['type']]}{EXAMPLES.get(name, '')}"
    else:
        message = problem["msg"].removeprefix("Value error, ")
    return f"{path.lstrip('.') or 'the spec'}: {message}"


def meant(name: str, path: str) -> str:
    """Say what may be meant by ``name``, the unknown key at the end of ``path``."""
    if name in SETTING_COLUMNS:
        return f"; {name} is a parameter: it goes under fixed, or in a list under grid"
    models = (InputSet,) if "inputs[" in path else (Jobs, SpecJob)
    return nearest(name, dict.fromkeys(key for model in models for key in model.model_fields))

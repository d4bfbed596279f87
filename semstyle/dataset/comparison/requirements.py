"""Requirements on a comparison: how far numbers may move on average, and what may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from semstyle.dataset.comparison.differences import Difference
from semstyle.dataset.comparison.rendered import NUMBERS
from semstyle.engine.names import nearest
from semstyle.errors import InputError
from semstyle.manifest.yaml_loader import load_yaml
from semstyle.report.number import number
from semstyle.storage import one_line, read_bytes, redact, resolve

MOST_BYTES = 2**20
PERCENT = re.compile(r"(\d+(?:\.\d*)?)\s*%")
FAILURES, MISSING = "max_failures_new", "max_missing"
EXAMPLE = "such as requirements: {semantic_leak: {max_increase: 0.02}}"


class Most(BaseModel, frozen=True):
    """How far a mean may move: a number, or a share of the mean before."""

    value: float = Field(ge=0, allow_inf_nan=False)
    is_share: bool = False

    def __str__(self) -> str:
        return f"{self.value * 100:g} %" if self.is_share else f"{self.value:g}"

    def of(self, before: float) -> float:
        return self.value * abs(before) if self.is_share else self.value


def as_most(value: Any) -> Any:
    """Read a number, or text such as ``10 %``."""
    if isinstance(value, str) and (found := PERCENT.fullmatch(value.strip())):
        return Most(value=float(found[1]) / 100, is_share=True)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{one_line(str(value))[:80]!r} is neither a number nor a share such as 10 %")
    if not 0 <= value < float("inf"):
        raise ValueError(f"{value:g}: give 0 or more")
    return Most(value=float(value))


Limit = Annotated[Most, BeforeValidator(as_most)]


class Limits(BaseModel):
    """What one number may do on average."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_increase: Limit | None = None
    max_decrease: Limit | None = None

    @model_validator(mode="after")
    def has_one(self) -> Limits:
        if self.max_increase is None and self.max_decrease is None:
            raise ValueError("give max_increase or max_decrease")
        return self


Count = Annotated[int, Field(ge=0, strict=True)]


class Requirements(BaseModel):
    """Everything that is required.

    Attributes:
        limits: By the name of a metric, ``loss``, ``seconds`` or ``render_seconds``.
        max_failures_new: How many new failures there may be.
        max_missing: How many renders before may have neither a partner nor a failure after.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    limits: dict[str, Limits] = Field(default_factory=dict)
    max_failures_new: Count | None = None
    max_missing: Count | None = None


def known_names(value: Any) -> Any:
    """Check that the names are known, and sort them into the fields of :class:`Requirements`."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"name at least one number, {EXAMPLE}")
    for name in value:
        if name not in (*NUMBERS, FAILURES, MISSING):
            known = (*NUMBERS, FAILURES, MISSING)
            raise ValueError(f"{one_line(str(name))[:80]}: there is no such number{nearest(str(name), known)}")
    counts = {name: value[name] for name in (FAILURES, MISSING) if name in value}
    return {"limits": {name: value[name] for name in value if name not in counts}, **counts}


class RequirementsFile(BaseModel):
    """A file of requirements."""

    model_config = ConfigDict(extra="forbid")

    requirements: Annotated[Requirements, BeforeValidator(known_names)]


class Verdict(BaseModel):
    """One requirement and whether it is kept.

    Attributes:
        requirement: Such as ``semantic_leak max_increase``.
        told: What was found, for a reader.
    """

    requirement: str
    limit: str
    found: float | None
    is_broken: bool
    told: str


def read_requirements(uri: str) -> Requirements:
    """Read a YAML file of requirements.

    Raises:
        InputError: when it is not one; the message names the file and the key.
        StorageError: when it cannot be read.
    """
    place = resolve(uri, str(Path.cwd()))
    data = read_bytes(place, MOST_BYTES)
    try:
        return RequirementsFile.model_validate(load_yaml(data)).requirements
    except ValidationError as error:
        raise InputError(one_line(f"{redact(place)}: {complaint(error)}")) from None
    except ValueError as error:
        raise InputError(one_line(f"{redact(place)}: {error}")) from None


def complaint(error: ValidationError) -> str:
    """Say what pydantic found, first of all an unknown key, and where."""
    found = error.errors(include_url=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = [str(part) for part in first["loc"] if part != "limits"]
    place = ".".join(path)
    if first["type"] == "extra_forbidden":
        known = ["requirements"] if len(path) == 1 else list(Limits.model_fields)
        return f"{place}: there is no such key{nearest(path[-1], known)}"
    if len(path) < 2 and first["type"] in {"missing", "model_type"}:
        return f"there are no requirements in it, {EXAMPLE}"
    if first["type"] == "model_type":
        return f"{place}: it is no mapping, such as {{max_increase: 0.02}}"
    words = first["msg"].removeprefix("Value error, ")
    return f"{place}: {words[:1].lower()}{words[1:]}"


def verdicts_of(
    requirements: Requirements, differences: Sequence[Difference], failures_new: int, missing: int
) -> list[Verdict]:
    """Judge each requirement; one on a number that no pair has is broken, as nobody would notice otherwise."""
    found = {difference.name: difference for difference in differences}
    verdicts = []
    for name, limits in requirements.limits.items():
        for key, sign, most in (("max_increase", 1, limits.max_increase), ("max_decrease", -1, limits.max_decrease)):
            if most is not None:
                verdicts.append(verdict(f"{name} {key}", found.get(name), sign, most))
    counts = ((FAILURES, failures_new, "new failures"), (MISSING, missing, "renders are missing"))
    for key, count, what in counts:
        limit = getattr(requirements, key)
        if limit is not None:
            told = f"{count:,} {what}; at most {limit:,} allowed"
            verdicts.append(Verdict(requirement=key, limit=str(limit), found=count, is_broken=count > limit, told=told))
    return verdicts


def verdict(requirement: str, difference: Difference | None, sign: int, most: Most) -> Verdict:
    """Judge the paired mean difference."""
    if difference is None:
        told = "no pair has this number on both sides, so it cannot be judged"
        return Verdict(requirement=requirement, limit=str(most), found=None, is_broken=True, told=told)
    moved = sign * difference.mean
    told = f"{difference.mean:+.4g} on average ({number(difference.before)} → {number(difference.after)}"
    if difference.low is not None and difference.high is not None:
        told += f"; 95 % between {difference.low:+.4g} and {difference.high:+.4g}"
    told += f"; {difference.pairs:,} pairs); at most {'+' if sign > 0 else '-'}{most} allowed"
    is_broken = moved > most.of(difference.before)
    return Verdict(requirement=requirement, limit=str(most), found=difference.mean, is_broken=is_broken, told=told)

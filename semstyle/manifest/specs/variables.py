"""``${NAME}`` in a spec: environment variables, only those that the spec names, and never told in a message."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from semstyle.errors import SemstyleError
from semstyle.manifest.errors import ManifestError
from semstyle.manifest.specs.problems import written
from semstyle.manifest.yaml_loader import LONGEST_SCALAR
from semstyle.storage import redact

ENVIRONMENT = "environment"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
REFERENCE = re.compile(r"\$\{([^}]*)\}?")
PLAIN_KEYS = (ENVIRONMENT, "exclude", "when")
"""The keys under which there are no references: a value could change what a condition means."""
LONGEST = 500
"""Most characters of a variable's value."""
SHORT = 4
"""A value of fewer characters is hidden only where it stands alone: it would hide parts of ordinary words."""

Variables = Mapping[str, str]


def named_variables(document: Mapping[Any, Any], uri: str) -> Variables:
    """Return the variables that the spec names under ``environment``, with their values.

    Raises:
        ManifestError: when one is not set, no name, or one of credentials.
    """
    names = document.get(ENVIRONMENT) or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return {}  # the document's check tells
    for number, name in enumerate(names):
        key = f"{ENVIRONMENT}[{number}]"
        if not NAME.fullmatch(name):
            raise ManifestError(f"{key}: {name[:80]!r} is no name of a variable; for example PHOTOS", uri)
        if redact(f"{name}=value") != f"{name}=value" or name.upper().startswith("AWS_"):
            raise ManifestError(f"{key}: {name} is a credential by its name, and a manifest is no place for one", uri)
        if name not in os.environ:
            raise ManifestError(f"{key}: the environment variable {name} is not set", uri)
        if len(os.environ[name]) > LONGEST or not os.environ[name].isprintable():
            raise ManifestError(f"{key}: {name} holds more than {LONGEST} characters, or some of no shape", uri)
        if redact(os.environ[name]) != os.environ[name]:
            raise ManifestError(f"{key}: {name} holds a credential, and a manifest is no place for one", uri)
    return {name: os.environ[name] for name in names}


def filled(value: Any, variables: Variables, uri: str, place: tuple[int | str, ...] = ()) -> Any:
    """Return ``value``, a part of a document, with every ``${NAME}`` replaced; keys and conditions have none.

    Raises:
        ManifestError: when a name is not among ``variables``; names the key.
    """
    if isinstance(value, dict):
        return {
            key: part if key in PLAIN_KEYS else filled(part, variables, uri, (*place, str(key)))
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [filled(part, variables, uri, (*place, number)) for number, part in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if not match[0].endswith("}") or not NAME.fullmatch(name):
            raise ManifestError(f"{written(place)}: ${{ begins a reference such as ${{PHOTOS}}; close it with }}", uri)
        if name not in variables:
            raise ManifestError(f"{written(place)}: ${{{name}}} is not among {ENVIRONMENT}; name it there", uri)
        return variables[name]

    text = REFERENCE.sub(replaced, value)
    if len(text) > LONGEST_SCALAR:
        raise ManifestError(
            f"{written(place)}: {len(text):,} characters with its variables; the most is {LONGEST_SCALAR:,}", uri
        )
    return text


@contextmanager
def hiding(variables: Variables) -> Iterator[None]:
    """Put ``${NAME}`` in place of the variables' values into the message of any error of ours that is raised inside."""
    try:
        yield
    except SemstyleError as error:
        message = hidden(str(error), variables)
        if message == str(error):
            raise
        error.args = (message,)
        raise error from None


def hidden(message: str, variables: Variables) -> str:
    """Return ``message`` with references in place of the variables' values, as they are and as messages write them."""
    for name, value in sorted(variables.items(), key=lambda item: -len(item[1])):
        for spelling in {value: 0, repr(value)[1:-1]: 0, " ".join(value.split()): 0, posixpath.normpath(value): 0}:
            edges = ("", "") if len(spelling) >= SHORT else (r"(?<!\w)", r"(?!\w)")
            pattern = re.escape(spelling).join(edges)
            message = re.sub(pattern, f"${{{name}}}", message) if value and spelling not in {".", "/"} else message
    return message

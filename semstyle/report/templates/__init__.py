"""The templates of pages and of Markdown, and what they are filled with."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from semstyle.report.number import number

TEMPLATES = Path(__file__).parent


def page_environment(templates: Path = TEMPLATES) -> Environment:
    """Load a folder's templates: values in HTML are escaped, those of Markdown escape what they are given."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=lambda name: name is None or name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["markdown"] = in_markdown
    return environment


def in_markdown(value: object) -> str:
    """Write a stranger's text for a table in Markdown, on one line, so that nothing in it is markup."""
    line = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#&!" else letter for letter in line)

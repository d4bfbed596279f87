"""The metadata and the long description, as PyPI will show them."""

from __future__ import annotations

import email
import zipfile
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path

from release.outcome import Outcome

ABSOLUTE = ("https://", "http://", "mailto:")
FIELDS = ("Name", "Version", "Summary", "License-Expression", "Requires-Python", "Description-Content-Type")
ADVICE = "[tool.hatch.metadata.hooks.fancy-pypi-readme] in pyproject.toml says what becomes of links"


class RenderedLinks(HTMLParser):
    """Collects where a rendered page's links and pictures lead, and what in it can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down one element."""
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.add(found["id"])
        if (tag == "a" and "href" in found) or (tag == "img" and "src" in found):
            self.links.append(found["href" if tag == "a" else "src"])


def metadata_of(wheel: Path) -> Message:
    """Return a wheel's metadata; the long description is its payload."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_string(archive.read(name).decode("utf-8"))


def check_description(wheel: Path) -> Outcome:
    """Check a wheel's metadata: they are whole, and the long description can be shown and its links lead somewhere."""
    from readme_renderer import markdown

    metadata = metadata_of(wheel)
    problems = [f"{wheel.name}: METADATA has no {field}" for field in FIELDS if not metadata[field]]
    rendered = markdown.render(str(metadata.get_payload()))
    if not rendered:
        return Outcome("not rendered", [*problems, f"{wheel.name}: its long description cannot be rendered"])
    found = RenderedLinks()
    found.feed(rendered)
    problems += [
        f"the long description's link to {link} leads nowhere on PyPI; {ADVICE}"
        for link in dangling(found.links, found.ids)
    ]
    return Outcome(f"{len(rendered):,} characters of HTML, {len(found.links)} links and pictures", problems)


def dangling(links: list[str], ids: set[str]) -> list[str]:
    """Return the links that lead nowhere from a page with these ids: relative ones, and those to no heading."""
    return [link for link in links if not link.startswith(ABSOLUTE) and not (link[:1] == "#" and link[1:] in ids)]

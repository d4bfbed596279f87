"""Pages of the documentation, cut into sections and fenced blocks, and what they show against what is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, such as ``sh``, and its text."""

    language: str
    text: str


def sections(page: str, level: int = 2) -> dict[str, list[Block]]:
    """Heading, of the second level to ``level``, → the blocks below it before the next, in order."""
    _, *parts = re.split(rf"^#{{2,{level}}} (.+)\n", page, flags=re.MULTILINE)
    return {
        heading: [Block(*found) for found in FENCED.findall(body)]
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def missing_lines(shown: str, printed: str) -> list[str]:
    """The lines of ``shown`` that ``printed`` does not have, in this order; ``…`` stands for anything."""
    lines = iter(printed.splitlines())
    patterns = [re.compile(".*".join(map(re.escape, line.split("…")))) for line in shown.splitlines()]
    return [pattern.pattern for pattern in patterns if not any(pattern.fullmatch(line.rstrip()) for line in lines)]

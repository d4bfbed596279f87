"""Someone who copies a page's blocks into a shell, and looks whether they print what it shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pages import Block, missing_lines
from programs import PATIENCE, REPOSITORY, environment, free_ports


class PageReader:
    """Reads a page's sections in one folder, in their order.

    Args:
        page: Heading → the blocks below it; each block of text is what the blocks of shell before it print.
        address: A Ray for the commands that render.
    """

    def __init__(self, page: dict[str, list[Block]], folder: Path, address: str) -> None:
        self._page, self._folder = page, folder
        (port,) = free_ports(1)
        self._environment = environment(
            RAY_ADDRESS=address, RAY_AUTH_MODE="disabled", SEMSTYLE=str(REPOSITORY), PORT=str(port), COLUMNS="200"
        )
        self._ahead = list(page)

    def follow(self, heading: str) -> None:
        """Go through the page to the end of the section ``heading``, which may go on from those before it."""
        while heading in self._ahead:
            self.follow_alone(self._ahead.pop(0))

    def follow_alone(self, heading: str) -> None:
        """Run a section's blocks of shell, and hold what they print against the block of text after each."""
        printed = ""
        for block in self._page[heading]:
            if block.language == "sh":
                printed = self._run(block)
            elif printed:
                assert missing_lines(block.text, printed) == [], printed
                printed = ""

    def _run(self, block: Block) -> str:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

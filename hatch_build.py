"""What a build adds to semstyle's files: its version, which is made of git's tags and known only where git is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = "semstyle/VERSION"


class VersionHook(BuildHookInterface[Any]):
    """Puts the version into wheels and source distributions, and never into the checkout, where it would grow old."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file with the version, in place of the one that an unpacked source distribution has."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="semstyle-build-")
        written = Path(self._folder.name) / "VERSION"
        written.write_text(f"{self.metadata.version}\n", encoding="utf-8")
        build_data["force_include"][str(written)] = FILE

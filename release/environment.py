"""An environment with nothing but the wheel and what it asks for, as a user has it."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from release.program import run

INHERITED = (
    "LANG",
    "TMPDIR",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
)
INHERITED_TOO = ("https_proxy", "no_proxy", "OMP_NUM_THREADS")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class CleanEnvironment:
    """A virtual environment in a folder of its own, and a home without settings.

    Its programs see neither the repository nor this process's environment variables, but for those of the network.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        self.python = self.bin / "python"
        self.home = folder / "home"

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        places = {"base": str(self.folder / "venv"), "platbase": str(self.folder / "venv")}
        return Path(sysconfig.get_path("purelib", "venv", places))

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its programs."""
        inherited = {name: os.environ[name] for name in (*INHERITED, *INHERITED_TOO) if name in os.environ}
        own = {"PATH": f"{self.bin}:{SYSTEM_PATH}", "HOME": str(self.home), "RAY_USAGE_STATS_ENABLED": "0"}
        return inherited | own

    def create(self) -> None:
        """Create it, without pip, which semstyle does not need.

        Raises:
            ProgramError: when it cannot be made.
        """
        self.home.mkdir(parents=True)
        run([sys.executable, "-m", "venv", "--without-pip", self.folder / "venv"], self.folder)

    def install(self, wheel: Path, extras: Sequence[str], constraints: Path) -> None:
        """Install a wheel and what it asks for, in the versions of a file of constraints.

        Raises:
            ProgramError: when something cannot be had, or does not go together.
        """
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", self.python]
        asked = f"{wheel}[{','.join(extras)}]"
        run([*pip, "install", "--quiet", "--constraint", constraints, asked], self.home)
        run([*pip, "check"], self.home)

    def run(self, program: str, *arguments: object, expected: Sequence[int] = (0,)) -> str:
        """Run one of its programs in its home, and return what it printed.

        Raises:
            ProgramError: when it ends with another exit code than expected.
        """
        return run([self.bin / program, *arguments], self.home, self.variables, expected)

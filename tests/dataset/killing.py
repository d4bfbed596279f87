"""How programs of these tests have themselves killed at one step of their work with files."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semstyle.storage import folder


def kill_at(step: int, place: Path, counted: Path | None = None) -> None:
    """Have this process killed at its step ``step``, counted from 1; never at 0.

    A step is a file written, removed or moved, or a folder in ``place`` removed. One that is killed while it writes
    leaves half a file, and one that is killed while it removes a folder leaves half of its files.

    Args:
        counted: A file that gets a byte for each step.
    """
    seen = 0
    real_write, real_rmtree = folder.write_aside, shutil.rmtree

    def is_due() -> bool:
        nonlocal seen
        seen += 1
        if counted is not None:
            with counted.open("a") as file:
                file.write("x")
        return seen == step

    def write(target: Path, data: bytes, *more: Any) -> None:
        if is_due():
            target.parent.mkdir(parents=True, exist_ok=True)
            (target.parent / ".semstyle-half").write_bytes(data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        real_write(target, data, *more)

    def rmtree(path: str, *more: Any, **options: Any) -> None:
        if Path(path).is_relative_to(place) and is_due():
            for file in sorted(Path(path).rglob("*"))[::2]:
                if file.is_file():
                    os.remove(file)  # noqa: PTH107
            os.kill(os.getpid(), signal.SIGKILL)
        real_rmtree(path, *more, **options)

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Path, *more: Any, **options: Any) -> Any:
            if "missing_ok" not in options and is_due():
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *more, **options)

        return call

    folder.write_aside = write
    shutil.rmtree = rmtree  # type: ignore[assignment]
    Path.unlink = watched(Path.unlink)  # type: ignore[method-assign]
    Path.replace = watched(Path.replace)  # type: ignore[method-assign]

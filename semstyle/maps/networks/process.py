"""Running a stranger's network in a process of its own: starting it, asking it, and ending it in any case."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semstyle.errors import InputError
from semstyle.maps.networks.answers import Values, class_values
from semstyle.maps.networks.wire import Garbled, receive, send
from semstyle.storage import one_line

PROGRAM = "semstyle.maps.networks.confined"
MEMORY = 6 * 2**30
"""Bytes that a network may use besides its own file."""
SECONDS = 180
"""How long reading the file may take, and each image."""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "SYSTEMROOT")
"""The variables of this process's environment that the other one gets; the rest may be secrets."""

OURS = {
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "OPENBLAS_NUM_THREADS": "1",  # a thread that starts before the confinement is not bound by all of it
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime would keep a database under the home folder, and send it
    "PYTHONDONTWRITEBYTECODE": "1",
}


class NetworkProcess:
    """A process that a network is confined to.

    Attributes:
        size: Height and width that the network takes, None for any.
    """

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process, self._name = process, name
        self._is_overdue = False
        self.size: tuple[int | None, int | None] = (None, None)

    def begin(self, kind: str, data: bytes) -> None:
        """Let the process read the network in ``data``; raises as :meth:`answer`."""
        threads = torch.get_num_threads()
        message = {
            "kind": kind,
            "threads": threads,
            "memory": MEMORY + 3 * len(data),  # the file as it came, as it was checked, and as it runs
            "cpu_seconds": 20 * SECONDS * threads,
        }
        self.size = taken_size(self._ask(message, data)[0].get("size"))

    def answer(self, image: Tensor) -> Values:
        """Return the network's value for each class and pixel of ``image`` (1, 3, H, W).

        Raises:
            InputError: when it has none, or takes more time or memory than it may.
        """
        message, content = self._ask({"shape": list(image.shape)}, image.contiguous().numpy().tobytes())
        try:
            values = np.frombuffer(bytearray(content), np.float32).reshape([1, *message["shape"]])
            return class_values([values])
        except InputError as error:
            raise self._error(str(error)) from None
        except (KeyError, TypeError, ValueError):
            raise self._error("answers with what is no array") from None

    def _ask(self, message: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdin is not None and self._process.stdout is not None
        watch = threading.Timer(SECONDS, self._end_overdue)
        watch.start()
        try:
            send(self._process.stdin, message, content)
            answer, following = receive(self._process.stdout)
        except (Garbled, OSError):
            raise self._error(self._how_it_ended()) from None
        finally:
            watch.cancel()
        if "error" in answer:
            raise self._error(str(answer["error"]))
        return answer, following

    def _end_overdue(self) -> None:
        self._is_overdue = True
        self._process.kill()

    def _how_it_ended(self) -> str:
        self._process.kill()
        code = self._process.wait()
        if self._is_overdue or code == -signal.SIGXCPU:
            return f"takes longer than the {SECONDS:g} s that a network may take"
        return f"ended its process ({code}), as a network does that needs more than {MEMORY / 2**30:g} GiB of memory"

    def _error(self, message: str) -> InputError:
        return InputError(one_line(f"{self._name}: {message}"))  # a stranger's words may be in it


@contextlib.contextmanager
def confined(kind: str, data: bytes, name: str) -> Iterator[NetworkProcess]:
    """Start a process with the network in a file, ready to answer; it ends with this context.

    Args:
        kind: ``onnx``, ``torchscript``, or the name of torchvision's network whose weights they are.
        name: What to call the file in messages.

    Raises:
        InputError: when it is no such network.
    """
    command = [sys.executable, "-P", "-m", PROGRAM]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=bare_environment(),
        cwd="/",
        start_new_session=True,  # Ctrl-C is for us
    )
    try:
        network = NetworkProcess(process, name)
        network.begin(kind, data)
        yield network
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what was not yet written has nowhere to go
                stream.close()  # type: ignore[union-attr]


def bare_environment() -> dict[str, str]:
    """Return the environment that a Python process needs to find its packages, and nothing else."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    packages = os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path)
    return {**kept, **OURS, "PYTHONPATH": packages}


def taken_size(found: Any) -> tuple[int | None, int | None]:
    """Check the size that the process says its network takes: a stranger may have taken control of it."""
    match found:
        case [int() | None as height, int() | None as width] if all(
            side is None or 0 < side <= 4096 for side in (height, width)
        ):
            return height, width
        case _:
            return None, None

"""The studio as its user starts it, and what it has stored, asked over HTTP."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from programs import environment, semstyle

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/#token=([\w-]+)\S*")


class StudioServer:
    """A running ``semstyle studio``.

    Args:
        sessions: Its folder.
        options: More of its command line.
    """

    def __init__(self, sessions: Path, *options: str) -> None:
        command = semstyle("studio", "--no-browser", "--threads", "1", f"--sessions={sessions}", *options)
        self.process = subprocess.Popen(
            command, env=environment(OMP_NUM_THREADS="1"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if found := ADDRESS.search(line):
                break
        else:
            raise AssertionError(f"the studio ended: {''.join(said)}")
        self.address, self.port, self.token = found[0], int(found[1]), found[2]
        threading.Thread(target=self.process.stdout.read, daemon=True).start()  # else it might wait to be read

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = Request(f"http://127.0.0.1:{self.port}/api{path}", body, headers, method=method)
        with urlopen(request, timeout=60) as answer:
            data: bytes = answer.read()
        return data

    def json(self, path: str, method: str = "GET", body: bytes | None = None) -> Any:
        return json.loads(self.ask(path, method, body))

    def map(self, session: str, side: str) -> NDArray[np.uint8]:
        """The map of one side as it is stored, (h, w, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.ask(f"/sessions/{session}/maps/{side}"))).convert("RGB"))

    def kill(self) -> None:
        """End it as a crash does, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"

"""Writing the report of a run again and again while the run goes on, in a process of its own.

The process is another one so that the driver, which hands out renders, never waits for it; and it ends with the driver,
whatever ends that, as its standard input ends then.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

import semstyle
from semstyle.storage import Folder

EVERY_SECONDS = 60.0
"""How long after the run has begun, and after each writing, the next begins; a shorter run has a report at its end."""
MOST_SHARE = 0.25
"""Writing takes no more than this share of the time, however large the report has become."""
LAST_WORDS_SECONDS = 10.0
NICENESS = 10


class LiveReport:
    """While in its context, a run's report is written every minute or so; nothing that goes wrong with it is raised.

    Args:
        out: Where the run is.
        every: Seconds until the first writing, and between two.
    """

    def __init__(self, out: str, every: float = EVERY_SECONDS) -> None:
        self._out, self._every = out, every
        self._timer = threading.Timer(every, self._start)
        self._timer.daemon = True
        self._starting = threading.Lock()
        self._is_over = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LiveReport:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._starting:
            self._is_over = True
        if self._process is not None:
            end(self._process)

    @property
    def process_id(self) -> int | None:
        """The id of the process that writes, once there is one."""
        return self._process.pid if self._process else None

    def _start(self) -> None:
        with self._starting, contextlib.suppress(OSError):
            if not self._is_over:
                self._process = started(self._out, self._every)


def started(out: str, every: float) -> subprocess.Popen[bytes]:
    """Start the process that writes.

    It hears no Ctrl-C, only that its input ends. It is told where the run is by its input, as others see arguments.
    """
    path = [str(Path(semstyle.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", "semstyle.report.live", str(every)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
    )
    assert process.stdin is not None
    process.stdin.write(f"{out}\n".encode())
    process.stdin.flush()
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Let the process leave, or end it."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(LAST_WORDS_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write_until_told(out: str, every: float, over: threading.Event) -> None:
    """Write the report at once and again and again; what fails is tried again the next time."""
    from semstyle.report.writing import ReportWriter  # not for the driver, which never writes

    with ReportWriter(Folder(out)) as writer:
        while not over.is_set():
            begun = time.monotonic()
            with contextlib.suppress(Exception):
                writer.write()
            over.wait(max(every, (time.monotonic() - begun) / MOST_SHARE))


def main() -> None:
    """Write the report of the run whose place is the first line of standard input, until that ends."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the run may have it ignored
    out = sys.stdin.buffer.readline().decode().rstrip("\n")
    over = threading.Event()
    tempfile.tempdir = tempfile.mkdtemp(prefix="semstyle-report-")

    def leave() -> None:
        shutil.rmtree(str(tempfile.tempdir), ignore_errors=True)
        os._exit(0)  # threads that wait for storage are not waited for

    def wait_for_end() -> None:
        sys.stdin.buffer.read()
        over.set()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(LAST_WORDS_SECONDS / 2)
        leave()

    threading.Thread(target=wait_for_end, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        write_until_told(out, float(sys.argv[1]), over)
    leave()


if __name__ == "__main__":
    main()

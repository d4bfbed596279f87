"""In place of the process that a network is confined to: one that a hostile network has taken over."""

from __future__ import annotations

import os
import sys
import time

from semstyle.maps.networks.wire import receive

FIRST = b'{"bytes": 0, "size": [null, null]}\n'
LIES = {
    "no message": b"hello\n",
    "nothing": b"",
    "half a message": b'{"bytes": 4}\nab',
    "more than any memory": b'{"bytes": 1000000000000, "shape": [2, 8, 8]}\n',
    "a negative length": b'{"bytes": -1}\n',
    "a length that is none": b'{"bytes": "8", "shape": [2, 1, 1]}\n',
    "a line without end": b"{" * 2**20,
    "nested": b"[" * 60_000 + b"\n",
    "another shape": b'{"bytes": 8, "shape": [3, 1, 1]}\n' + bytes(8),
    "a shape that is none": b'{"bytes": 8, "shape": "huge"}\n' + bytes(8),
    "no shape": b'{"bytes": 8}\n' + bytes(8),
    "one class": b'{"bytes": 8, "shape": [1, 1, 2]}\n' + bytes(8),
    "not finite": b'{"bytes": 8, "shape": [2, 1, 1]}\n' + b"\xff" * 8,
    "an error with commands for a terminal": b'{"bytes": 0, "error": "\\u001b[2J token=5up3r"}\n',
}


def main() -> None:
    receive(sys.stdin.buffer, sys.maxsize)
    answers = os.fdopen(1, "wb", buffering=0)
    answers.write(FIRST)
    receive(sys.stdin.buffer, sys.maxsize)
    lie = os.environ["OMP_NUM_THREADS"]  # one of the few variables that it is given
    if lie == "silence":
        time.sleep(3600)
    answers.write(LIES[lie])


if __name__ == "__main__":
    main()

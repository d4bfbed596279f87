"""Making standard output and error take any text in any locale, also once nobody reads them. Imports nothing heavy.

``semstyle`` begins with :func:`use_utf8` and :func:`check_arguments`, and runs its command in
:func:`forgiving_streams`.
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

ESCAPED = "semstyle-escaped"
"""The name of Python's error handler that writes what a stream's encoding lacks."""
UTF8_MODE = "PYTHONUTF8"


def use_utf8() -> None:
    """Begin this program anew in Python's UTF-8 mode, unless names of files are UTF-8 already.

    In a locale of another encoding, as with ``LC_ALL=C`` and ``PYTHONUTF8=0``, a file cannot be opened if a letter of
    its name is beyond that encoding. Programs that this one starts, such as Ray's workers, are then in UTF-8 mode, too.
    """
    if codecs.lookup(sys.getfilesystemencoding()).name == "utf-8" or os.environ.get(UTF8_MODE) == "1":
        return
    os.environ[UTF8_MODE] = "1"
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def check_arguments(arguments: Sequence[str]) -> None:
    """Refuse an argument that is not UTF-8, as it could not be stored.

    Raises:
        SemstyleError: when there is one; the message names it.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            from semstyle.errors import SemstyleError

            raise SemstyleError(f"{argument!a}: an argument that is not UTF-8; rename the file") from None


@contextmanager
def forgiving_streams() -> Iterator[None]:
    """Within this context printing sends each line at once, and never fails for its letters or its readers.

    Letters that a stream's encoding lacks are written as JSON's escapes. What nobody reads any more, as after
    ``| head``, is dropped: the command goes on, and its exit code stays its own.

    Raises:
        StorageError: where output cannot be written for another reason, as to a disk that is full.
    """
    codecs.register_error(ESCAPED, escaped)
    sys.stdout, sys.stderr = forgiving(sys.stdout), forgiving(sys.stderr)
    try:
        yield
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()


def reader_has_left() -> bool:
    """Whether nobody reads standard output any more, so that a command which only prints may end."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, ForgivingFile) and raw.is_given_up


def escaped(error: UnicodeError) -> tuple[str, int]:
    """Write the letters that cannot be encoded as JSON does, so that JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def forgiving(stream: TextIO) -> TextIO:
    """Return a forgiving stream in place of ``stream``; the same one when it is no file, as where a test looks on."""
    try:
        raw = ForgivingFile(stream.fileno(), "wb", closefd=False)
    except (AttributeError, OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, ESCAPED, line_buffering=True)


class ForgivingFile(io.FileIO):
    """A file that is written to until its reader has left; from then on, nothing is written."""

    is_given_up = False

    def write(self, data: object) -> int:
        """Write ``data``, or drop it when its reader has left.

        Raises:
            StorageError: for any other failure, once.
        """
        length = memoryview(data).nbytes  # type: ignore[arg-type]
        if self.is_given_up:
            return length
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            self.is_given_up = True
            if error.errno == errno.EPIPE:
                return length
            from semstyle.storage import StorageError

            raise StorageError(f"standard output: {error.strerror}") from None

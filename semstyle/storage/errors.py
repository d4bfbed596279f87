"""What can go wrong between us and a file, and whether waiting might mend it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager

from semstyle.engine.errors import SemstyleError
from semstyle.storage.redaction import one_line, redact

TRANSIENT_ERRNO = {
    errno.EAGAIN,
    errno.EBUSY,
    errno.EHOSTUNREACH,
    errno.EIO,
    errno.ENETUNREACH,
    errno.ESTALE,
    errno.ETIMEDOUT,
    getattr(errno, "EREMOTEIO", errno.EIO),  # what s3fs makes of InternalError
}
THROTTLED_OR_CONFLICTING = {408, 409, 425, 429}
PRECONDITION_FAILED = 412


class StorageError(SemstyleError):
    """A path or URI that cannot be read or written; no secret is in the message.

    Attributes:
        transient: Whether trying again later may succeed (timeouts, throttling, 5xx, lost connections).
    """

    def __init__(self, message: str, transient: bool = False) -> None:
        super().__init__(one_line(message))
        self.transient = transient


class MissingObjectError(StorageError):
    """There is no file or object of that name."""


class RedirectedAway(Exception):
    """A web server redirected to where inputs may not come from."""


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what file systems raise about ``uri`` into :class:`StorageError`; ours and ``FileExistsError`` pass.

    So does running out of memory, which is no fault of the file.
    """
    try:
        yield
    except (SemstyleError, FileExistsError, MemoryError):
        raise
    except Exception as raised:
        error = underlying(raised)
        if http_status(error) == PRECONDITION_FAILED:
            raise FileExistsError(redact(uri)) from None
        # "from None": the original's text and locals may hold credentials.
        raise as_storage_error(uri, error) from None


def underlying(error: Exception) -> Exception:
    """What was behind ``error``: fsspec calls a web page missing whatever kept it from the page."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or not isinstance(cause, Exception):
        return error
    is_telling = isinstance(cause, RedirectedAway) or http_status(cause) is not None or is_transient(cause)
    return cause if is_telling else error


def as_storage_error(uri: str, error: Exception) -> StorageError:
    """The one line that says what is wrong with ``uri``."""
    if isinstance(error, FileNotFoundError) or http_status(error) == 404:
        return MissingObjectError(f"{uri}: there is no such file")
    if isinstance(error, PermissionError) or http_status(error) in {401, 403}:
        return StorageError(f"{uri}: access is denied; check the credentials and permissions ({reason(error)})")
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return StorageError(f"{uri}: this is a folder or inside a file, not a file")
    if isinstance(error, ImportError):
        return StorageError(f"{uri}: this kind of storage needs another package ({reason(error)})")
    if type(error).__name__ == "NoCredentialsError":
        return StorageError(f"{uri}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return StorageError(f"{uri}: {reason(error)}", is_transient(error))


def reason(error: BaseException) -> str:
    text = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    return text or type(error).__name__


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    status = http_status(error)
    if status is not None:
        return status >= 500 or status in THROTTLED_OR_CONFLICTING
    if isinstance(error, TimeoutError | asyncio.TimeoutError | ConnectionError | EOFError):
        return True
    if isinstance(error, OSError) and error.errno in TRANSIENT_ERRNO:
        return True
    return is_connection_loss(error)


def is_connection_loss(error: BaseException) -> bool:
    # Imported here, as most runs on local files never need them.
    from aiohttp import ClientConnectionError, ClientPayloadError
    from botocore.exceptions import ConnectionError as EndpointError  # type: ignore[import-untyped]
    from botocore.exceptions import HTTPClientError

    return isinstance(error, ClientConnectionError | ClientPayloadError | EndpointError | HTTPClientError)


def http_status(error: BaseException) -> int | None:
    """The HTTP status behind an error of s3fs (botocore's response) or of HTTP (aiohttp's)."""
    seen = 0
    cause: BaseException | None = error
    while cause is not None and seen < 10:
        response = getattr(cause, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if isinstance(status, int):
                return status
        status = getattr(cause, "status", None)
        if isinstance(status, int):
            return status
        cause, seen = cause.__cause__, seen + 1
    return None

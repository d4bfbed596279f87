"""What can go wrong between us and a file, and whether waiting might mend it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager

from semstyle.errors import SemstyleError
from semstyle.storage.redaction import one_line, redact

NO_ROOM = {
    errno.ENOSPC: "the disk is full; it needs more room",
    errno.EDQUOT: "the quota of this disk is used up; it needs more room",
}
TRANSIENT_ERRNO = {
    *NO_ROOM,
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
NOT_IMPLEMENTED = 501
SERVER_IS_FULL = 507
REFUSALS = {
    "NoSuchBucket": "there is no such bucket; make it, or correct its name",
    "InvalidAccessKeyId": "access is denied: the server does not know the access key; it is wrong or was revoked "
    "(AWS_ACCESS_KEY_ID)",
    "SignatureDoesNotMatch": "access is denied: the secret key does not belong to the access key "
    "(AWS_SECRET_ACCESS_KEY)",
    "ExpiredToken": "access is denied: the credentials have expired; get new ones (AWS_SESSION_TOKEN)",
    "InvalidToken": "access is denied: the session token is not valid (AWS_SESSION_TOKEN)",
    "AccessDenied": "access is denied: these credentials have no permission for this",
    "RequestTimeTooSkewed": "access is denied: the clock of this machine is wrong",
}
"""What to say of an error of S3, by its code."""


class StorageError(SemstyleError):
    """A path or URI that cannot be read or written; no secret is in the message.

    Attributes:
        transient: Whether trying again later may succeed (timeouts, throttling, 5xx, lost connections, a full disk).
    """

    exit_code = 4

    def __init__(self, message: str, transient: bool = False) -> None:
        super().__init__(one_line(message))
        self.transient = transient


class MissingObjectError(StorageError):
    """There is no file or object of that name."""

    exit_code = SemstyleError.exit_code


class UriError(StorageError):
    """A text names no place that can be read or written, or one that may not be."""

    exit_code = SemstyleError.exit_code


class UnsuitableFileError(StorageError):
    """A place holds something else than a file, or a file that is empty or too large to be read."""

    exit_code = SemstyleError.exit_code


class UnknownRequestError(StorageError):
    """The server does not know this kind of request."""


class HopRefused(Exception):
    """Inputs may not come from this web server, or from where it redirects to."""


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what file systems raise about ``uri`` into :class:`StorageError`.

    Our own errors pass as they are; so do ``FileExistsError`` and ``MemoryError``, which is no fault of the file.
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
    """Return the error behind ``error``: whatever keeps fsspec from a web page, it says that the page is missing."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or not isinstance(cause, Exception):
        return error
    is_telling = isinstance(cause, SemstyleError | HopRefused) or http_status(cause) is not None or is_transient(cause)
    return cause if is_telling else error


def as_storage_error(uri: str, error: Exception) -> StorageError:
    """The one line that says what is wrong with ``uri``."""
    if isinstance(error, StorageError):
        return error
    status, code = http_status(error), error_code(error)
    if code in REFUSALS:
        return StorageError(f"{uri}: {REFUSALS[code]}")
    if isinstance(error, FileNotFoundError) or status == 404:
        return MissingObjectError(f"{uri}: there is no such file")
    if isinstance(error, PermissionError) or status in {401, 403}:
        checked = "the credentials and permissions" if "://" in uri else "its permissions"
        return StorageError(f"{uri}: access is denied; check {checked} ({reason(error)})")
    if isinstance(error, IsADirectoryError):
        return UnsuitableFileError(f"{uri}: this is a folder, not a file")
    if isinstance(error, NotADirectoryError):
        return UnsuitableFileError(f"{uri}: this is inside a file, not a folder")
    if isinstance(error, ImportError):
        return UriError(f"{uri}: this kind of storage needs another package ({reason(error)})")
    # ValueError: also aiohttp's, of an address, as is botocore's of a bucket's name.
    if isinstance(error, HopRefused | ValueError) or is_botocores(error, "ParamValidationError"):
        return UriError(f"{uri}: {reason(error)}")
    if is_botocores(error, "NoCredentialsError"):
        return StorageError(f"{uri}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if status == NOT_IMPLEMENTED:
        return UnknownRequestError(f"{uri}: the server does not know this kind of request ({reason(error)})")
    return StorageError(f"{uri}: {reason(error)}", is_transient(error))


def reason(error: BaseException) -> str:
    """Say in words what ``error`` is about."""
    if http_status(error) == SERVER_IS_FULL:
        return "the server has no room left"
    known = NO_ROOM.get(error.errno or 0, error.strerror) if isinstance(error, OSError) else None
    unsaid = "has not answered in time" if isinstance(error, TimeoutError) else type(error).__name__
    return str(known or error) or unsaid


def is_botocores(error: Exception, name: str) -> bool:
    return type(error).__name__ == name  # most runs on local files never import botocore


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    status = http_status(error)
    if status is not None:
        return (status >= 500 and status != NOT_IMPLEMENTED) or status in THROTTLED_OR_CONFLICTING
    if isinstance(error, TimeoutError | asyncio.TimeoutError | ConnectionError | EOFError):
        return True
    if isinstance(error, OSError) and error.errno in TRANSIENT_ERRNO:
        return True
    return any(is_connection_loss(cause) for cause in causes(error))


def is_connection_loss(error: BaseException) -> bool:
    # Imported here, as most runs on local files never need them.
    from aiohttp import ClientConnectionError, ClientPayloadError
    from botocore.exceptions import ConnectionError as EndpointError  # type: ignore[import-untyped]
    from botocore.exceptions import HTTPClientError

    return isinstance(error, ClientConnectionError | ClientPayloadError | EndpointError | HTTPClientError)


def http_status(error: BaseException) -> int | None:
    """The HTTP status behind an error of s3fs (botocore's response) or of HTTP (aiohttp's)."""
    for cause in causes(error):
        status = response_of(cause).get("ResponseMetadata", {}).get("HTTPStatusCode") or getattr(cause, "status", None)
        if isinstance(status, int):
            return status
    return None


def error_code(error: BaseException) -> str:
    """The code of S3's error, such as ``NoSuchBucket``; empty when there is none."""
    for cause in causes(error):
        if code := response_of(cause).get("Error", {}).get("Code"):
            return str(code)
    return ""


def response_of(error: BaseException) -> dict[str, dict[str, object]]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__

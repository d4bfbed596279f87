"""Whether a store can create an object only where there is none, which is what commits a render once."""

from __future__ import annotations

import uuid

from semstyle.storage.errors import MissingObjectError, StorageError, UnknownRequestError
from semstyle.storage.filesystem import is_local
from semstyle.storage.folder import Folder

NEEDED = "runs need a store with conditional writes (If-None-Match), such as AWS S3, SeaweedFS or MinIO"


def require_conditional_writes(folder: Folder, name: str) -> None:
    """Write an object twice, to see whether the store refuses the second writer; on a disk it always does.

    Args:
        name: A path inside ``folder`` that nothing else uses; the object is removed afterwards.

    Raises:
        StorageError: when the store accepts both, refuses every such write, or does not answer.
    """
    if is_local(folder.filesystem):
        return
    mine, theirs = uuid.uuid4().hex.encode(), uuid.uuid4().hex.encode()
    try:
        require_created(folder, name, mine)
        if folder.create(name, theirs) or folder.read(name) == theirs:
            raise StorageError(f"{folder.uri}: overwrites what is to be created only where there is nothing; {NEEDED}")
    except UnknownRequestError:
        raise StorageError(f"{folder.uri}: has no conditional writes; {NEEDED}") from None
    finally:
        folder.delete(name)


def require_created(folder: Folder, name: str, content: bytes) -> None:
    """Create an object, or see that there is one: ours, when an answer was lost, or that of an earlier attempt."""
    if folder.create(name, content):
        return
    try:
        folder.read(name)
    except MissingObjectError:
        raise StorageError(
            f"{folder.uri}: refuses every conditional write (412), also where there is nothing yet; {NEEDED}"
        ) from None

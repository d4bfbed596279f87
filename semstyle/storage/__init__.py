"""Every path and URI: local disk, S3 and any other fsspec file system.

No message of ours holds a credential, no path leaves its folder, and transient errors are retried. What strangers name
as inputs has limits: where it may come from, how large it may be, how long it may take.
"""

from semstyle.storage.allow_list import AllowList
from semstyle.storage.conditional import require_conditional_writes
from semstyle.storage.errors import MissingObjectError, StorageError, UnsuitableFileError, UriError, translated
from semstyle.storage.filesystem import open_filesystem
from semstyle.storage.folder import Folder
from semstyle.storage.location import parent, resolve
from semstyle.storage.patience import at_once, lose_patience, patient, retried
from semstyle.storage.reading import file_version, local_path, open_stream, read_bytes, read_start, require_file
from semstyle.storage.redaction import HIDDEN, one_line, redact
from semstyle.storage.stamps import file_stamp, telling

__all__ = [
    "HIDDEN",
    "AllowList",
    "Folder",
    "MissingObjectError",
    "StorageError",
    "UnsuitableFileError",
    "UriError",
    "at_once",
    "file_stamp",
    "file_version",
    "local_path",
    "lose_patience",
    "one_line",
    "open_filesystem",
    "open_stream",
    "parent",
    "patient",
    "read_bytes",
    "read_start",
    "redact",
    "require_conditional_writes",
    "require_file",
    "resolve",
    "retried",
    "telling",
    "translated",
]

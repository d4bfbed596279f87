"""Every path and URI: local disk, S3 and any other fsspec file system.

No message of ours holds a credential, no path leaves its folder, and transient errors are retried.
"""

from semstyle.storage.errors import MissingObjectError, StorageError, translated
from semstyle.storage.filesystem import open_filesystem
from semstyle.storage.folder import Folder
from semstyle.storage.location import AllowList, parent, resolve
from semstyle.storage.patience import lose_patience, patient, retried
from semstyle.storage.reading import file_version, local_path, open_stream, read_bytes, require_file
from semstyle.storage.redaction import one_line, redact

__all__ = [
    "AllowList",
    "Folder",
    "MissingObjectError",
    "StorageError",
    "file_version",
    "local_path",
    "lose_patience",
    "one_line",
    "open_filesystem",
    "open_stream",
    "parent",
    "patient",
    "read_bytes",
    "redact",
    "require_file",
    "resolve",
    "retried",
    "translated",
]

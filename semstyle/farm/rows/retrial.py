"""Finding rows that have failed and are to be tried again, by the class of their failure."""

from __future__ import annotations

from collections.abc import Collection

from semstyle.farm.attempt import FailureClass
from semstyle.farm.output.failures import read_class
from semstyle.storage import Folder


class Retrial:
    """Says which rows in quarantine are tried again. Their files are read one by one, and none of them is held.

    Args:
        classes: Those that are tried again; none of them reads no file.
    """

    def __init__(self, folder: Folder, classes: Collection[FailureClass]) -> None:
        self._folder, self._classes = folder, classes

    @property
    def is_wanted(self) -> bool:
        return bool(self._classes)

    def is_due(self, render_id: str) -> bool:
        """Whether a row's failure is of one of the classes, or has gone; of a damaged file nobody knows the class.

        Raises:
            StorageError: when it cannot be read.
        """
        found = read_class(self._folder, render_id)
        return found is None or found in self._classes

"""``semstyle`` with records that take long to read, so that aggregation can be hit in the middle."""

from __future__ import annotations

import importlib
import time
from typing import Any

from semstyle.cli import main

SECONDS = 60.0
aggregation: Any = importlib.import_module("semstyle.farm.output.aggregate")  # the package has a function of that name
read_record = aggregation.read_record


def read_slowly(*given: Any) -> Any:
    time.sleep(SECONDS)
    return read_record(*given)


if __name__ == "__main__":
    aggregation.read_record = read_slowly
    main()

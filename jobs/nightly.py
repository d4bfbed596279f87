"""``semstyle nightly``, from the repository's folder and with nothing installed but its packages:

python jobs/nightly.py s3://bucket/nightly [--date 2026-01-31] [--spec SPEC.yaml] [--keep 30] [semstyle run options]

Run again, it goes on with the same night. docs/dataset.md says what a night is.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where --working-dir brings semstyle

from semstyle.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["nightly"]
    main()

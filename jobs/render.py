"""``semstyle run`` for ``ray job submit``, from the repository's folder and with nothing installed but its packages:

ray job submit --address http://HEAD:8265 --working-dir . -- python jobs/render.py M.parquet -o s3://bucket/out
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where --working-dir brings semstyle

from semstyle.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["run"]
    main()

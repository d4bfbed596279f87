"""Write the photographs that the specs in manifests/ name into manifests/demo/photographs/, or another folder:

python jobs/demo_photographs.py [FOLDER]

They come with scikit-image and scikit-learn (`pip install -e ".[demo]"`); manifests/demo/README.md says whose they are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also where semstyle is not installed

from semstyle.demo.photographs import write_photographs
from semstyle.errors import InputError

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[1] / "manifests" / "demo" / "photographs"
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="where to; manifests/demo/photographs")
    folder = parser.parse_args().folder
    try:
        written = write_photographs(folder)
    except InputError as error:
        sys.exit(str(error))
    print(f"{len(written)} photographs in {folder}")

"""Fuzz the manifest reader: any bytes as a Parquet file.

python tests/chaos/fuzz_manifest.py -max_total_time=20
"""

from __future__ import annotations

import atheris
from fuzzing import fuzz

with atheris.instrument_imports(include=["semstyle"]):
    from anything import as_manifest
    from seeds import MANIFESTS

if __name__ == "__main__":
    fuzz(as_manifest, MANIFESTS)

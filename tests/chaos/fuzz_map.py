"""Fuzz the map reader and the image decoder: any bytes as a PNG, JPEG, WebP or array.

python tests/chaos/fuzz_map.py -max_total_time=20
"""

from __future__ import annotations

import atheris
from fuzzing import fuzz

with atheris.instrument_imports(include=["semstyle", "PIL", "numpy.lib"]):
    from anything import as_map
    from seeds import SMALL_MAPS

if __name__ == "__main__":
    fuzz(as_map, SMALL_MAPS)

"""Fuzz the reader of weights: any bytes as an .npz, safetensors or what torch writes.

python tests/chaos/fuzz_weights.py -max_total_time=20
"""

from __future__ import annotations

import atheris
from fuzzing import fuzz

with atheris.instrument_imports(include=["semstyle", "zipfile", "pickletools", "numpy.lib"]):
    from anything import as_weights
    from seeds import WEIGHTS

if __name__ == "__main__":
    fuzz(as_weights, WEIGHTS)

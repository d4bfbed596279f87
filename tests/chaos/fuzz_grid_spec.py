"""Fuzz the grid spec: any bytes as YAML.

python tests/chaos/fuzz_grid_spec.py -max_total_time=20
"""

from __future__ import annotations

import atheris
from fuzzing import fuzz

with atheris.instrument_imports(include=["semstyle", "yaml"]):
    from anything import as_grid_spec
    from seeds import SPECS

if __name__ == "__main__":
    fuzz(as_grid_spec, SPECS)

"""The rates that hold where nobody has measured."""

from __future__ import annotations

import functools
from pathlib import Path

from semstyle.cost.rates import CostRates, DeviceKind

FOLDER = Path(__file__).with_name("built_in")
"""``cpu.json`` was measured on a core of an AMD EPYC. ``cuda.json`` was not measured: it is worked out of that and of
the arithmetic and memory of an H100, as docs/plan.md says."""


@functools.cache
def built_in(device: DeviceKind) -> CostRates:
    """Return the rates of a kind of device, as the package has them."""
    return CostRates.model_validate_json((FOLDER / f"{device}.json").read_bytes())

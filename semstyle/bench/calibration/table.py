"""A calibration as a table."""

from __future__ import annotations

from semstyle.bench.calibration.calibrate import Calibration
from semstyle.bench.table import BenchmarkTable
from semstyle.engine.named_encoders import PIXELS

SHOWN_LAYER = "4_1"


def calibration_table(calibration: Calibration, path: str) -> BenchmarkTable:
    """Return a table of how well the model fits what was measured.

    Args:
        path: Where the rates are kept.
    """
    rates = calibration.rates
    rows = [
        (part, str(len(ratios)), f"{min(ratios):.2f}", f"{sum(ratios) / len(ratios):.2f}", f"{max(ratios):.2f}")
        for part, ratios in calibration.parts.items()
    ]
    encoders = ", ".join(
        f"{name} {1e6 * encoder.pixel_seconds[SHOWN_LAYER]:.2f} µs a pixel to {SHOWN_LAYER} and back"
        for name, encoder in rates.encoders.items()
        if name != PIXELS.name
    )
    note = (
        f"Rates of {rates.machine}, kept in {path}. {encoders}; a worker starts in {rates.start_seconds:.1f} s and "
        f"holds {rates.memory.base / 2**20:,.0f} MiB. The columns are what the rates give over what was measured."
    )
    figures = {f"{part}, rates over measured": sum(ratios) / len(ratios) for part, ratios in calibration.parts.items()}
    columns = ("measured", "samples", "least", "mean", "most")
    command = "semstyle bench calibrate" + (" --device cuda" if rates.device == "cuda" else "")
    return BenchmarkTable("Calibration", command, columns, rows, note, figures=figures)

"""Writing numbers as people read them."""

from __future__ import annotations


def number(value: object) -> str:
    """Write a number with three significant digits, a whole one with all, with commas between thousands.

    Text stays as it is, and None becomes a dash.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float):
        raise TypeError(f"{type(value).__name__} is not a number")
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2e}" if abs(value) < 0.0005 else f"{value:#.3g}"

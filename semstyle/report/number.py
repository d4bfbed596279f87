"""Numbers as people read them."""

from __future__ import annotations


def number(value: object) -> str:
    """Three significant digits, whole numbers as such, thousands with commas; text as it is, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float):
        raise TypeError(f"{type(value).__name__} is not a number")
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2e}" if abs(value) < 0.0005 else f"{value:#.3g}"

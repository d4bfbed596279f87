"""Label weights: factors for the regions of a semantic map, written by colour as in ``#ff0000=3,#00ff00=0.5``."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MOST_LABELS = 16
"""How many colours may be given factors."""
MOST_FACTOR = 1000.0
EXAMPLE = "#ff0000=3,#00ff00=0.5"
COLOR = re.compile(r"#(?:[0-9a-f]{3}){1,2}", re.IGNORECASE | re.ASCII)
SHOWN = 40
"""How many characters of a wrong text are shown."""


class LabelWeight(NamedTuple):
    """The factor of the region that has a colour.

    Attributes:
        color: As ``#rrggbb``, in lower case.
        factor: From 0 to 1000; 1 changes nothing.
    """

    color: str
    factor: float

    @property
    def levels(self) -> tuple[int, int, int]:
        """Red, green and blue, from 0 to 255."""
        red, green, blue = bytes.fromhex(self.color[1:])
        return red, green, blue

    def __str__(self) -> str:
        return f"{self.color}={repr(self.factor).removesuffix('.0')}"


def parse_label_weights(value: Any) -> tuple[LabelWeight, ...]:
    """Read text such as ``#ff0000=3,#0f0=0.5``, or a list of such texts with one colour each.

    Raises:
        ValueError: in words for the user, when it is something else, a colour is there twice or a factor is out of
            range.
    """
    parts = value.split(",", MOST_LABELS) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{shown(value)} is not text such as {EXAMPLE}")
    if not 0 < len(parts) <= MOST_LABELS:
        count = f"more than {MOST_LABELS}" if parts else "no"
        raise ValueError(f"{count} colours; give 1 to {MOST_LABELS}, such as {EXAMPLE}")
    weights = tuple(map(parse_label_weight, parts))
    colors = [weight.color for weight in weights]
    if doubled := next((color for color in colors if colors.count(color) > 1), None):
        raise ValueError(f"{doubled} is there twice; name each colour once")
    return weights


def parse_label_weight(text: str) -> LabelWeight:
    """Read a colour and its factor, such as ``#f00=3``; raises as :func:`parse_label_weights`."""
    color, equals, factor = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValueError(f"{shown(text)} is not a colour and its factor, such as #ff0000=3")
    if not COLOR.fullmatch(color):
        raise ValueError(f"{shown(color)} is not a colour such as #ff0000 or #f00")
    try:
        number = float(factor)
    except ValueError:
        raise ValueError(f"{shown(factor)}, the factor of {color}, is not a number") from None
    if not 0 <= number <= MOST_FACTOR:  # nor is what is not a number
        raise ValueError(f"{shown(factor)}, the factor of {color}, is not between 0 and {MOST_FACTOR:g}")
    return LabelWeight(in_full(color), number)


def in_full(color: str) -> str:
    """Return ``#rrggbb``, in lower case, for ``#rgb`` or itself."""
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def shown(value: Any) -> str:
    """Quote ``value`` in a message, cut short if it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

"""Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/), which other terminals know, too."""

from __future__ import annotations

from base64 import b64encode

from PIL import Image

from semstyle.images import encode_png

CHUNK = 4096
"""Most letters that one sequence may carry."""


def kitty_sequences(image: Image.Image) -> str:
    """Return the sequences that show an RGB image where the cursor is, as PNG; the terminal is told not to answer."""
    data = b64encode(encode_png(image)).decode("ascii")
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    keys = ["a=T,f=100,q=2,", *[""] * (len(chunks) - 1)]
    more = [*[1] * (len(chunks) - 1), 0]
    return "".join(
        f"\x1b_G{key}m={follows};{chunk}\x1b\\" for key, follows, chunk in zip(keys, more, chunks, strict=True)
    )

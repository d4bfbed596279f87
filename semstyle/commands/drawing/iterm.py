"""iTerm2's protocol for images (https://iterm2.com/documentation-images.html), which other terminals know, too."""

from __future__ import annotations

from base64 import b64encode

from PIL import Image

from semstyle.images import encode_png


def iterm_sequence(image: Image.Image) -> str:
    """Return the sequence that shows an RGB image where the cursor is, as PNG in its own size."""
    content = encode_png(image)
    keys = f"inline=1;size={len(content)};width={image.width}px;height={image.height}px;preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:{b64encode(content).decode('ascii')}\x07"

"""The report's page itself: one HTML file with its script and its style inside, and a policy that allows no others."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from semstyle.report.templates import page_environment

APP = Path(__file__).parent / "app"
"""The built page; its source is in ``web/``."""
POLICY = (
    "default-src 'none'; script-src '{script}' 'strict-dynamic'; style-src '{style}'; "
    "img-src 'self' file: data: blob:; base-uri 'none'; form-action 'none'"
)
"""Only the script inside runs, and those of data that it asks for; nothing is sent anywhere."""


def index_html(run: Mapping[str, Any]) -> bytes:
    """Write the page.

    Args:
        run: What :func:`semstyle.report.data.head.head` says of the run, for those without scripts.
    """
    script, style = (Path(APP / name).read_text(encoding="utf-8") for name in ("report.js", "report.css"))
    policy = POLICY.format(script=source_hash(script), style=source_hash(style))
    html = (
        page_environment()
        .get_template("report.html")
        .render(
            run=run,
            policy=Markup(policy),  # ours, and browsers compare it letter by letter
            script=Markup(script),
            style=Markup(style),
        )
    )
    return html.encode()


def source_hash(text: str) -> str:
    """Return the hash by which a policy allows an element with this text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

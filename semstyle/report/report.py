"""What is told of a report that was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.report.claim import Claim


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Attributes:
        index: Where the page is.
        renders: How many renders the run has; the report shows ``shown`` of them.
        claims_text: Markdown, or None when the run has nothing to say about the paper's claims.
    """

    index: str
    renders: int
    shown: int
    claims: Sequence[Claim]
    claims_text: str | None

"""This module has the result of one check of the doctor."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Verdict = Literal["well", "note", "ill"]


class Finding(BaseModel):
    """The result of one check.

    Attributes:
        subject: What was checked, such as ``device``.
        verdict: ``ill`` means that something asked about cannot work; a ``note`` is worth knowing.
        message: One line, without credentials.
        advice: What to do, where there is something to be done.
    """

    subject: str
    verdict: Verdict
    message: str
    advice: str = ""


def well(subject: str, message: str) -> Finding:
    return Finding(subject=subject, verdict="well", message=message)


def note(subject: str, message: str, advice: str = "") -> Finding:
    return Finding(subject=subject, verdict="note", message=message, advice=advice)


def ill(subject: str, message: str, advice: str) -> Finding:
    return Finding(subject=subject, verdict="ill", message=message, advice=advice)

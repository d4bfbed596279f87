"""Hiding credentials in text that is about to be shown, logged or stored."""

from __future__ import annotations

import os
import re

HIDDEN = "***"

# user:password@ — to the last @, as a password may hold one. `host:8333/a@2x.png` is a port, not a user.
# A URI so long that the next pattern, whose repeats are bounded, might not see its @.
LONG_URI = re.compile(r"(?<=://)\S{2048,}")
USER_AND_PASSWORD = re.compile(r"(?<=://)(?:[^\s/?#@:]{0,256}:(?!\d+(?:/|\?|#|$))\S{0,2048}|[^\s/?#]{0,2048})@")
# Repeats are bounded so that no text of a stranger's takes long.
SECRET_NAME = (
    r"[\w-]{0,40}(?:password|passwd|pwd|secret|token|signature|credential|api[_-]?key|access[_-]?key|account[_-]?key"
    r"|private[_-]?key)[\w-]{0,40}"
)
VALUE = r"""(?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [^\s&;,'")}\]]+ )"""
ASSIGNED_SECRET = re.compile(
    rf"""(?ix) (?<![\w.-]) (?P<name>["']?(?:{SECRET_NAME}|sig|key|auth|pass)["']?\s{{0,8}}=\s{{0,8}}) {VALUE}"""
)
# With a colon, as in JSON, YAML and headers; "key: …" alone is too common in plain words, and a path may end so.
LABELLED_SECRET = re.compile(
    rf"""(?ix) (?<![\w./-]) (?P<name>["']?(?:{SECRET_NAME})["']?\s{{0,8}}:\s{{0,8}}) {VALUE}"""
)
AUTHORIZATION = re.compile(r"(?i)\b(bearer\s+|basic\s+(?=[a-z0-9+/=_-]{12}))[^\s,;'\"]+")
AWS_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SECRET_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "RAY_AUTH_TOKEN")
SHORTEST_SECRET = 8  # a shorter value would hide ordinary words
LONGEST_MESSAGE = 2000


def one_line(text: str) -> str:
    """Return ``text`` as the message of an error: redacted, on one line, and no longer than ``LONGEST_MESSAGE``.

    A longer text loses its middle: it begins with what something is wrong with, and ends with what is wrong.
    """
    line = " ".join(redact(text).split())
    half = LONGEST_MESSAGE // 2
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: half - 1]}…{line[-half:]}"


def redact(text: str) -> str:
    """Return ``text`` without passwords, keys, tokens and signatures; errs towards hiding too much. Idempotent.

    Control characters, with which a stranger's text could command a terminal, become �.
    """
    text = CONTROL.sub("�", text)
    for variable in SECRET_VARIABLES:
        value = os.environ.get(variable, "")
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, HIDDEN)
    text = LONG_URI.sub(HIDDEN, text)
    text = USER_AND_PASSWORD.sub(f"{HIDDEN}@", text)
    text = AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    text = ASSIGNED_SECRET.sub(rf"\g<name>{HIDDEN}", text)
    text = LABELLED_SECRET.sub(rf"\g<name>{HIDDEN}", text)
    return AWS_ACCESS_KEY.sub(HIDDEN, text)

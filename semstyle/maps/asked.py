"""What a manifest or a command asks for in place of a map's path: ``auto``, ``auto:6``, ``auto:deeplabv3``, …

Imports no torch: a manifest of a million rows is checked by it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

from semstyle.errors import InputError
from semstyle.storage import resolve

AUTO = "auto"
FORMS = ("hard", "soft", "embedded")
"""The forms of maps that are made: flat colours, a channel for each label, or three channels in which labels that are
easily confused are near each other."""
DEFAULT_LABELS = 8
MOST_LABELS = 16
ALIASES = {
    "deeplabv3": "deeplabv3_resnet50",
    "fcn": "fcn_resnet50",
    "lraspp": "lraspp_mobilenet_v3_large",
}
NETWORKS = (
    "deeplabv3_mobilenet_v3_large",
    "deeplabv3_resnet101",
    "deeplabv3_resnet50",
    "fcn_resnet101",
    "fcn_resnet50",
    "lraspp_mobilenet_v3_large",
)
"""torchvision's pixel-labelling networks."""
DIGEST = re.compile(r"#sha256=([0-9A-Fa-f]{64})$")
NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Model:
    """A pixel-labelling network.

    Attributes:
        network: One of ``NETWORKS``, or None for a file that holds a whole network (ONNX or TorchScript).
        uri: The URI of that file, or of the weights of ``network``; None for torchvision's own weights.
        sha256: The SHA-256 that the file must have; None if any will do.
    """

    network: str | None
    uri: str | None
    sha256: str | None = None

    def __str__(self) -> str:
        place = "@".join(part for part in (self.network, self.uri) if part is not None)
        return place + (f"#sha256={self.sha256}" if self.sha256 else "")


@dataclass(frozen=True)
class Asked:
    """Maps that are to be made.

    Attributes:
        labels: How many labels there may be; it matters only when ``model`` is None.
        model: The network that labels pixels; None makes labels of clusters of colours and features.
        form: One of ``FORMS``.
    """

    labels: int = DEFAULT_LABELS
    model: Model | None = None
    form: str = FORMS[0]

    def __post_init__(self) -> None:
        if not 2 <= self.labels <= MOST_LABELS:
            raise InputError(f"{self.labels} labels: the number is from 2 to {MOST_LABELS}")
        if self.form not in FORMS:
            raise InputError(f"{self.form!r} is not a form of maps; there are {', '.join(FORMS)}")

    def __str__(self) -> str:
        """The text that asks for these maps; two that ask for the same maps have the same text."""
        parts = [AUTO]
        if self.model is not None:
            parts.append(str(self.model))
        elif self.labels != DEFAULT_LABELS:
            parts.append(str(self.labels))
        if self.form != default_form(self.model):
            parts.append(self.form)
        return ":".join(parts)

    def resolved(self, base: str) -> Asked:
        """Return the same with the model's path as a URI; a relative one starts from the folder ``base``.

        Raises:
            StorageError: when it leaves the bucket of ``base``, or is no URI.
        """
        if self.model is None or self.model.uri is None:
            return self
        return replace(self, model=replace(self.model, uri=resolve(self.model.uri, base)))


def is_asked(text: str) -> bool:
    """Whether ``text`` asks for maps to be made; a file of the name ``auto`` is written ``./auto``."""
    return text == AUTO or text.startswith(f"{AUTO}:")


def parse_asked(text: str) -> Asked:
    """Read a text such as ``auto[:LABELS | :MODEL][:FORM]``.

    Raises:
        InputError: when it is none of these; the message says what may be written.
    """
    rest = text.removeprefix(AUTO).removeprefix(":")
    form = None
    head, colon, last = rest.rpartition(":")
    if last in FORMS:
        rest, form = (head if colon else ""), last
    elif text.endswith(":"):
        raise InputError(f"{text!r}: after the colon comes a number of labels, a model or one of {', '.join(FORMS)}")
    if not rest or rest.isdecimal():
        return Asked(labels=int(rest[:9]) if rest else DEFAULT_LABELS, form=form or default_form(None))
    model = parse_model(rest)
    return Asked(model=model, form=form or default_form(model))


def parse_model(text: str) -> Model:
    """Read a network's name, ``name@URI`` of its weights, or a file's URI; ``#sha256=…`` may follow a URI.

    Raises:
        InputError: for a name that torchvision does not know.
    """
    digest = DIGEST.search(text)
    place = text[: digest.start()] if digest else text
    sha256 = digest[1].lower() if digest else None
    name, at, uri = place.partition("@")
    known = ALIASES.get(name, name)
    if known in NETWORKS:
        if at and not uri:
            raise InputError(f"{text!r}: after the @ comes the URI of the network's weights")
        if sha256 and not at:
            raise InputError(f"{text!r}: torchvision's own weights have no sha256 to give; name a file after an @")
        return Model(known, uri or None, sha256)
    if NAME.fullmatch(place):
        names = [*ALIASES, *NETWORKS]
        near = difflib.get_close_matches(place, names, n=1)
        hint = (
            f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}, and the forms {', '.join(FORMS)}."
        )
        raise InputError(f"there is no network {place!r}; {hint} A file's path has a dot or a slash: ./{place}")
    return Model(None, place, sha256)


def default_form(model: Model | None) -> str:
    """Return the default form: clusters have sharp edges, while a network's doubts are worth keeping."""
    return "hard" if model is None else "soft"

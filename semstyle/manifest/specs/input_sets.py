"""The sets of inputs of a job: those listed one by one, or every style with every content or target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from semstyle.manifest.columns import INPUT_COLUMNS, LIST_COLUMNS
from semstyle.manifest.specs.document import InputSet
from semstyle.manifest.specs.images import NamedImage


class InputSets(Protocol):
    """The sets of inputs of a job, by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> InputSet: ...

    def columns(self) -> set[str]:
        """The input columns that some set uses."""

    def lists(self) -> set[str]:
        """The input columns in which some set names several inputs."""

    def has_tags(self) -> bool: ...

    def place(self, number: int, column: str) -> str:
        """Begin a message about the input that a set has in ``column`` with where in the spec it stands."""


@dataclass(frozen=True)
class ListedInputs:
    """What a spec lists under ``inputs``."""

    sets: Sequence[InputSet]

    def __len__(self) -> int:
        return len(self.sets)

    def __getitem__(self, number: int) -> InputSet:
        return self.sets[number]

    def columns(self) -> set[str]:
        return {name for one in self.sets for name in INPUT_COLUMNS if getattr(one, name) is not None}

    def lists(self) -> set[str]:
        return {column for column in LIST_COLUMNS if any(isinstance(getattr(one, column), list) for one in self.sets)}

    def has_tags(self) -> bool:
        return any(one.tags for one in self.sets)

    def place(self, number: int, column: str) -> str:
        return f"inputs[{number}].{column}: "


@dataclass(frozen=True)
class CrossedInputs:
    """Every style with every subject: a content, or a doodle. All subjects of a style come together.

    Attributes:
        subjects: None for styles alone.
        subject_tag: The tag that names each row's subject: ``content`` or ``target``.
    """

    styles: Sequence[NamedImage]
    subjects: Sequence[NamedImage] | None
    subject_tag: str

    def __len__(self) -> int:
        return len(self.styles) * (1 if self.subjects is None else len(self.subjects))

    def __getitem__(self, number: int) -> InputSet:
        style, subject = self._pair(number)
        tags = dict(style.tags)
        if subject is not None:
            tags = {self.subject_tag: subject.stem, **tags, **subject.tags}
        return InputSet.model_construct(
            style=style.image,
            style_map=style.map,
            target_map=subject.map if subject else None,
            content=subject.image if subject else None,
            tags=tags,
        )

    def columns(self) -> set[str]:
        used = {"style"}
        used.update({"style_map"} if any(style.map is not None for style in self.styles) else ())
        for subject in self.subjects or ():
            used.update({"target_map"} if subject.map is not None else ())
            used.update({"content"} if subject.image is not None else ())
        return used

    def lists(self) -> set[str]:
        return set()

    def has_tags(self) -> bool:
        return self.subjects is not None or any(style.tags for style in self.styles)

    def place(self, number: int, column: str) -> str:
        style, subject = self._pair(number)
        named = style if subject is None or column.startswith("style") else subject
        return f"{named.key}: {column} "

    def _pair(self, number: int) -> tuple[NamedImage, NamedImage | None]:
        if self.subjects is None:
            return self.styles[number], None
        style, subject = divmod(number, len(self.subjects))
        return self.styles[style], self.subjects[subject]

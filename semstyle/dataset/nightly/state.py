"""``night.json``: how far a night has come, and that its folder is a night's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ValidationError

from semstyle import __version__
from semstyle.dataset.export.workshop import is_empty
from semstyle.errors import InputError
from semstyle.storage import Folder, MissingObjectError, redact

STATE = "night.json"


class NightStep(StrEnum):
    """The steps of a night, in their order."""

    PLAN = "plan"
    RENDER = "render"
    VERIFY = "verify"
    EXPORT = "export"
    COMPARE = "compare"
    LATEST = "latest"
    REMOVE = "remove"


AFTER_RENDER = (NightStep.VERIFY, NightStep.EXPORT, NightStep.COMPARE, NightStep.LATEST)


class NightState(BaseModel):
    """The content of ``night.json``.

    Attributes:
        previous: The night that ``latest`` named when this one began: what it is compared with, and whose splits its
            inputs stay in.
        done: The steps that are done.
        is_outdated: Whether the data set is of other renders than are there now, and has to be made anew.
        is_being_removed: Whether the folder is on its way out.
    """

    made_by: Literal["semstyle nightly"] = "semstyle nightly"
    semstyle_version: str = __version__
    night: date
    previous: date | None = None
    done: list[NightStep] = []
    is_outdated: bool = False
    is_being_removed: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the night was verified, exported and found good."""
        return NightStep.LATEST in self.done

    def has_done(self, step: NightStep) -> bool:
        return step in self.done

    def without(self, steps: Sequence[NightStep]) -> NightState:
        return self.model_copy(update={"done": [step for step in self.done if step not in steps]})


def read_state(folder: Folder) -> NightState | None:
    """Read how far a night has come; None where there is none.

    Raises:
        InputError: when what is there is not ours, or damaged.
        StorageError: when it cannot be read.
    """
    try:
        return NightState.model_validate_json(folder.read(STATE))
    except MissingObjectError:
        return None
    except ValidationError:
        raise InputError(
            f"{redact(folder.location(STATE))}: not one of semstyle's, or damaged; move its folder away, or choose "
            "another --date"
        ) from None


def write_state(folder: Folder, state: NightState) -> None:
    folder.write(STATE, state.model_dump_json(indent=2).encode())


def begin_night(folder: Folder, night: date, previous: date | None) -> NightState:
    """Begin a night, or go on with it where it was left.

    Raises:
        InputError: when something else is in its folder.
        StorageError: when it cannot be read or written.
    """
    state = read_state(folder)
    if state is None:
        if not is_empty(folder):
            raise InputError(
                f"{redact(folder.uri)}: something else than a night of `semstyle nightly` is there; move it away, or "
                "choose another --date"
            )
        folder.create(STATE, NightState(night=night, previous=previous).model_dump_json(indent=2).encode())
        state = read_state(folder)
    if state is None or state.is_being_removed or state.night != night:
        raise InputError(f"{redact(folder.uri)}: this night is being removed, or another's; choose another --date")
    return state

"""``control.json``: what people want of the runs in an output folder, from any machine that can write it."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.status import ENDED, Status, read_status
from semstyle.farm.output.layout import CONTROL
from semstyle.storage import Folder, MissingObjectError

MOST_CANCELLED = 1000


class Control(BaseModel):
    """What is wanted.

    Attributes:
        paused: Whether the folder's runs should launch nothing; it holds for later runs, too, until it is taken back.
        cancelled: Ids of runs that should stop; those of old runs do no harm.
    """

    paused: bool = False
    cancelled: list[str] = []


def read_control(folder: Folder) -> Control:
    """Read what is wanted; nothing, where nobody has said anything or the file is damaged.

    Raises:
        StorageError: when the folder cannot be read.
    """
    try:
        return Control.model_validate_json(folder.read(CONTROL))
    except (MissingObjectError, ValidationError):
        return Control()


def write_control(folder: Folder, control: Control) -> None:
    folder.write(CONTROL, control.model_dump_json(indent=2).encode())


def pause(out_uri: str) -> Status:
    """Ask the run in ``out_uri`` to launch nothing until :func:`resume`; returns its last status.

    Raises:
        FarmError: when there is no run, or it has ended.
        StorageError: when the folder cannot be read or written.
    """
    status = going(out_uri)
    folder = Folder(out_uri)
    write_control(folder, read_control(folder).model_copy(update={"paused": True}))
    return status


def resume(out_uri: str) -> bool:
    """Take back :func:`pause`; returns whether the folder was paused.

    Raises:
        FarmError: when there is no run.
        StorageError: when the folder cannot be read or written.
    """
    read_status(out_uri)
    folder = Folder(out_uri)
    control = read_control(folder)
    if control.paused:
        write_control(folder, control.model_copy(update={"paused": False}))
    return control.paused


def cancel(out_uri: str) -> Status:
    """Ask the run in ``out_uri``, or each of its shards, to stop as by Ctrl-C; returns its last status.

    Raises:
        FarmError: when there is no run, or it has ended.
        StorageError: when the folder cannot be read or written.
    """
    status = going(out_uri)
    folder = Folder(out_uri)
    control = read_control(folder)
    ids = [part.run_id for part in (status.shards or [status]) if part.state not in ENDED]
    cancelled = [*control.cancelled, *(run_id for run_id in ids if run_id not in control.cancelled)]
    write_control(folder, control.model_copy(update={"cancelled": cancelled[-MOST_CANCELLED:]}))
    return status


def going(out_uri: str) -> Status:
    """Return the status of the run in ``out_uri``; raises :class:`FarmError` when it has ended."""
    status = read_status(out_uri)
    if status.state in ENDED:
        raise FarmError(f"{Folder(out_uri).uri}: its run has ended ({status.state}), so there is nothing to hold")
    return status

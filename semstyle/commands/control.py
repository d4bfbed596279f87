"""``semstyle pause``, ``resume`` and ``cancel``: runs told what to do through their output folder."""

from __future__ import annotations

from typing import Annotated

import typer

from semstyle.storage import redact

Out = Annotated[str, typer.Argument(metavar="OUT", help="The run's output folder, a path or URI.")]


def pause(out: Out) -> None:
    """Let a run launch nothing until `semstyle resume OUT`; what is in flight ends as usual.

    It works from any machine that can write OUT, and holds for a run that is started again, too.
    """
    from semstyle.farm.monitor import control

    status = control.pause(out)
    print(f"paused: {status.left:,} are left; `semstyle resume {redact(out)}` goes on")
    tell_if_silent(status.is_silent)


def resume(out: Out) -> None:
    """Let a run that was paused go on."""
    from semstyle.farm.monitor import control

    print("resumed" if control.resume(out) else "it was not paused; nothing has changed")


def cancel(out: Out) -> None:
    """Stop a run as Ctrl-C does: what is in flight gets its grace, and the same `semstyle run` continues later."""
    from semstyle.farm.monitor import control

    status = control.cancel(out)
    print(f"asked to stop: {status.left:,} are left; `semstyle status {redact(out)}` tells when it has")
    tell_if_silent(status.is_silent)


def tell_if_silent(is_silent: bool) -> None:
    if is_silent:
        print("its driver has been silent for a while and may be gone")

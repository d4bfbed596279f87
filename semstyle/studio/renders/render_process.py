"""The process that renders: its own side, and the studio's, which starts it anew if it dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from semstyle.errors import RenderCancelled, SemstyleError
from semstyle.studio.renders.news import Advance, End
from semstyle.studio.renders.order import RenderOrder

LOOK_SECONDS = 0.05
"""How often the studio's side looks whether a render is to be cancelled."""
GRACE_SECONDS = 20.0
"""A render that has not heeded a cancellation after so long is ended with its process."""
PICTURE_SECONDS = 0.4
"""A picture is shown this often at most, and at the end of each phase."""
STOP = "stop"


class RenderProcess:
    """Renders in a process of its own, so that the page is answered meanwhile, and outlives what a render may do.

    Args:
        threads: Of a CPU render; None takes all.
    """

    def __init__(self, device: str = "auto", threads: int | None = None) -> None:
        self._device, self._threads = device, threads
        self._process: multiprocessing.process.BaseProcess | None = None
        self._link: Connection | None = None

    def start(self) -> Connection:
        """Start the process unless it runs; it needs some seconds until it renders, which a first call now saves."""
        if self._link is None or self._process is None or not self._process.is_alive():
            context = multiprocessing.get_context("spawn")
            self._link, theirs = context.Pipe()
            self._process = context.Process(
                target=serve, args=(theirs, self._device, self._threads), name="studio-render", daemon=True
            )
            self._process.start()
            theirs.close()
        return self._link

    @property
    def pid(self) -> int | None:
        """The number of the process, if there is one."""
        return self._process.pid if self._process else None

    def render(self, order: RenderOrder, tell: Callable[[Advance], None], is_cancelled: Callable[[], bool]) -> End:
        """Render, and wait for it; what goes wrong is told in what is returned.

        Args:
            tell: Hears of progress, in this thread.
            is_cancelled: Asked again and again.
        """
        try:
            link = self.start()
            link.send(order)
            return self._followed(link, tell, is_cancelled)
        except (EOFError, OSError):
            self.stop()
            return End(
                "failed", message="the process that renders has died, probably for want of memory; make size smaller"
            )

    def _followed(self, link: Connection, tell: Callable[[Advance], None], is_cancelled: Callable[[], bool]) -> End:
        deadline: float | None = None
        while True:
            if link.poll(LOOK_SECONDS):
                told = link.recv()
                if isinstance(told, End):
                    return told
                if deadline is None:
                    tell(told)
            elif deadline is not None and time.monotonic() > deadline:
                self.stop()
                return End("cancelled")
            if deadline is None and is_cancelled():
                link.send(STOP)
                deadline = time.monotonic() + GRACE_SECONDS

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._link is not None:
            self._link.close()
        self._process = self._link = None


def serve(link: Connection, device: str, threads: int | None) -> None:
    """Render what comes over ``link``, one after the other, until its other end is closed. This is the process."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # of the terminal; the studio ends, and closes the link
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")  # when memory runs out, this process is to go first
    threading.Thread(target=leave_with_parent, name="studio-gone", daemon=True).start()
    from semstyle.studio.renders.rendered_order import Renderer

    renderer = Renderer(device, threads)
    with suppress(EOFError, OSError):
        while True:
            order = link.recv()
            if order != STOP:  # one that came too late
                link.send(ended(renderer, order, link))


def leave_with_parent() -> None:
    """End this process as soon as the studio has ended, even by a kill, whatever is being imported or rendered."""
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(0)


def ended(renderer: Any, order: RenderOrder, link: Connection) -> End:
    """Render; returns how it ended, and raises only when the link is broken."""
    teller = Teller(link)
    try:
        return renderer.render(order, teller.step)  # type: ignore[no-any-return]
    except RenderCancelled:
        return End("cancelled")
    except MemoryError:
        return End("failed", message="there is not enough memory; make size smaller")
    except SemstyleError as error:
        return End("failed", message=str(error))
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        return End("failed", message=f"{type(error).__name__}: {error}"[:300])


class Teller:
    """Tells how a render is doing, and hears whether it is to stop."""

    def __init__(self, link: Connection) -> None:
        self._link = link
        self._pictured = time.monotonic()

    def step(self, progress: Any) -> bool:
        """Do what ``on_step`` is for."""
        if self._link.poll() and self._link.recv() == STOP:
            return False
        self._link.send(self._advance(progress))
        return True

    def _advance(self, progress: Any) -> Advance:
        from semstyle.studio.renders.rendered_order import png_of

        is_due = progress.ends_phase or time.monotonic() - self._pictured > PICTURE_SECONDS
        picture = png_of(progress.image) if is_due else None
        if is_due:
            self._pictured = time.monotonic()
        return Advance(
            phase=progress.evaluation.phase,
            phases=progress.phases,
            done=progress.evaluations_done,
            planned=progress.evaluations_planned,
            seconds_left=progress.seconds_left,
            picture=picture,
        )

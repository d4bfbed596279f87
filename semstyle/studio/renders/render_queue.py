"""The queue of renders: one is made at a time, and sessions take turns."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from semstyle.studio.errors import StudioError
from semstyle.studio.renders.news import Advance, End
from semstyle.studio.renders.order import RenderOrder
from semstyle.studio.renders.render_process import RenderProcess

MOST_REMEMBERED = 1000
"""Of so many sessions it is remembered when they were served last."""
MOST_WAITING = 8
"""How many renders of one session may wait."""


class QueuedRender:
    """A render on its way.

    Args:
        order: Writes its files and returns what is to be rendered; called when it is its turn.
        begun: Told when it begins; ``told`` of progress, ``ended`` of the end, ``moved`` of how many are before it.
    """

    def __init__(
        self,
        session_id: str,
        is_preview: bool,
        order: RenderOrder,
        *,
        begun: Callable[[], None],
        told: Callable[[Advance], None],
        ended: Callable[[End], None],
        moved: Callable[[int], None],
    ) -> None:
        self.session_id, self.is_preview, self.order = session_id, is_preview, order
        self.begun, self.told, self.ended, self.moved = begun, told, ended, moved
        self.cancelled = threading.Event()


class RenderQueue:
    """Renders one at a time, in a thread of its own.

    Of the sessions that wait, the one is next that has been served least recently, and of its own renders a preview
    goes first. A preview takes the place of the same session's older one, which is cancelled also while it runs.
    """

    def __init__(self, process: RenderProcess) -> None:
        self._process = process
        self._waiting: dict[str, deque[QueuedRender]] = {}
        self._served: dict[str, None] = {}  # the one served last is the last
        self._running: QueuedRender | None = None
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="studio-queue", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, render: QueuedRender) -> None:
        """Let a render wait for its turn.

        Raises:
            StudioError: when too many of its session are waiting.
        """
        replaced = None
        with self._changed:
            line = self._waiting.setdefault(render.session_id, deque())
            if render.is_preview:
                if line and line[0].is_preview:
                    replaced = line.popleft()
                if (running := self._running) and running.is_preview and running.session_id == render.session_id:
                    running.cancelled.set()
                line.appendleft(render)
            elif len(line) >= MOST_WAITING:
                raise StudioError(f"{MOST_WAITING} pictures of this session are waiting already", 429)
            else:
                line.append(render)
            self._changed.notify()
        if replaced:
            replaced.ended(End("cancelled"))
        self._tell_places()

    def cancel(self, render: QueuedRender) -> None:
        """Cancel a render; one that waits ends at once, one that runs soon, one that is over not at all."""
        with self._changed:
            render.cancelled.set()
            line = self._waiting.get(render.session_id, deque())
            was_waiting = render in line
            if was_waiting:
                line.remove(render)
        if was_waiting:
            render.ended(End("cancelled"))
            self._tell_places()

    def close(self) -> None:
        """Stop rendering, and end the process that does."""
        with self._changed:
            self._is_closed = True
            if self._running:
                self._running.cancelled.set()
            self._changed.notify()
        self._process.stop()

    def order_of_service(self) -> list[QueuedRender]:
        """Return what waits, in the order in which it will be rendered if nothing is added."""
        with self._changed:
            lines = [list(self._waiting[session_id]) for session_id in self._turns()]
        return [line[turn] for turn in range(max(map(len, lines), default=0)) for line in lines if turn < len(line)]

    def _work(self) -> None:
        self._process.start()
        while (render := self._next()) is not None:
            self._tell_places()
            render.begun()
            end = self._process.render(render.order, render.told, render.cancelled.is_set)
            with self._changed:
                self._running = None
            render.ended(end)

    def _next(self) -> QueuedRender | None:
        with self._changed:
            while not self._is_closed:
                if turns := self._turns():
                    self._running = self._waiting[turns[0]].popleft()
                    self._note_served(turns[0])
                    return self._running
                self._changed.wait()
        return None

    def _turns(self) -> list[str]:
        """Return the sessions that wait: those never served as they came, then those served least recently."""
        places = {session_id: place for place, session_id in enumerate(self._served)}
        return sorted((name for name, line in self._waiting.items() if line), key=lambda name: places.get(name, -1))

    def _note_served(self, session_id: str) -> None:
        self._served.pop(session_id, None)
        self._served[session_id] = None
        if len(self._served) > MOST_REMEMBERED:
            del self._served[next(iter(self._served))]
        if not self._waiting[session_id]:
            del self._waiting[session_id]

    def _tell_places(self) -> None:
        busy = int(self._running is not None)
        for place, render in enumerate(self.order_of_service()):
            render.moved(place + busy)

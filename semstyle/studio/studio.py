"""The studio: sessions, the queue of renders, and the cluster that pictures may be handed to."""

from __future__ import annotations

import threading
from typing import Annotated

from fastapi import Depends, Path, Request

from semstyle.studio.cluster import ClusterPlace, follow_again
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.renders.render_queue import RenderQueue
from semstyle.studio.renders.renders import SessionRenders
from semstyle.studio.sessions.collection import SessionCollection
from semstyle.studio.sessions.session import StudioSession

MOST_OPEN = 32
"""Of so many sessions the renders are remembered in memory, besides those that are looked at or on their way."""


class Studio:
    """What all requests share.

    Args:
        cluster: Where pictures are handed over unless the page names another place.

    Attributes:
        making: Held while a picture is decoded, or maps are made or checked, which takes a whole core and much memory.
    """

    def __init__(
        self, sessions: SessionCollection, process: RenderProcess, cluster: ClusterPlace | None = None
    ) -> None:
        self.sessions, self.cluster = sessions, cluster
        self.process = process
        self.queue = RenderQueue(process)
        self.making = threading.Lock()
        self._renders: dict[str, SessionRenders] = {}
        self._lock = threading.Lock()

    def renders(self, session: StudioSession) -> SessionRenders:
        """Return the renders of a session."""
        with self._lock:
            if session.id not in self._renders:
                idle = [name for name, renders in self._renders.items() if renders.is_idle]
                for name in idle[: max(0, len(self._renders) + 1 - MOST_OPEN)]:
                    del self._renders[name]
                self._renders[session.id] = SessionRenders(session, self.queue)
                follow_again(self._renders[session.id])
            return self._renders[session.id]

    def remove(self, session: StudioSession) -> None:
        """Cancel what a session has on its way, and remove it."""
        with self._lock:
            renders = self._renders.pop(session.id, None)
        if renders:
            renders.cancel_all()
        self.sessions.remove(session.id)

    def close(self) -> None:
        self.queue.close()
        self.sessions.close()


def studio_of(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


TheStudio = Annotated[Studio, Depends(studio_of)]


def session_of(studio: TheStudio, session_id: Annotated[str, Path(max_length=40)]) -> StudioSession:
    return studio.sessions.open(session_id)


def renders_of(studio: TheStudio, session: Annotated[StudioSession, Depends(session_of)]) -> SessionRenders:
    return studio.renders(session)


TheSession = Annotated[StudioSession, Depends(session_of)]
TheRenders = Annotated[SessionRenders, Depends(renders_of)]

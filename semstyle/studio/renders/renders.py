"""The renders of a session: what is waiting, running and finished, and where their pictures are."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from semstyle.studio.errors import UnknownItemError
from semstyle.studio.renders.news import Advance, End, RenderKind, RenderNews
from semstyle.studio.renders.order import described, write_order
from semstyle.studio.renders.render_queue import QueuedRender, RenderQueue
from semstyle.studio.sessions.document import StudioDocument
from semstyle.studio.sessions.session import StudioSession

MOST_KEPT = 40
"""How many pictures a session keeps; beyond, the oldest goes."""
RECORD, PICTURE = "render.json", "picture.png"
PREVIEW_PICTURE = "preview.png"
KEPT_FIELDS = ("id", "kind", "state", "message", "made_at", "parameters", "facts", "job", "address", "out")


class SessionRenders:
    """Starts, cancels and remembers the renders of one session, and wakes those who wait for news of them.

    Attributes:
        revision: Of the document that was stored last.
    """

    def __init__(self, session: StudioSession, queue: RenderQueue) -> None:
        self.session = session
        self._queue = queue
        self._lock = threading.RLock()
        self._serial = 0
        self._news: dict[str, RenderNews] = {}
        self._on_their_way: dict[str, Callable[[], None]] = {}
        self._pictures: dict[str, bytes] = {}
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.revision = session.document().revision
        self._read_kept()

    def _read_kept(self) -> None:
        """Find what was begun before the studio was started; what no cluster renders has ended with it."""
        for path in self.session.path.glob(f"renders/*/{RECORD}"):
            try:
                stored = json.loads(path.read_text(encoding="utf-8"))
                news = RenderNews(**{name: stored[name] for name in KEPT_FIELDS if name in stored})
            except (OSError, ValueError, KeyError, TypeError):
                continue
            news.picture_serial = int((path.parent / PICTURE).is_file())
            if not news.is_over and not news.is_elsewhere:
                news.state, news.message = "failed", "the studio was closed before it was finished"
                if news.job:
                    news.message = f"the studio was closed; the job {news.job} goes on without it, into {news.out}"
            self._news[news.id] = news
            self._changed(news)

    def start(self, document: StudioDocument, kind: RenderKind) -> str:
        """Put a render of ``document`` into the queue; returns its id.

        Raises:
            StudioError: when something is missing, or too many are waiting.
        """
        news = RenderNews(secrets.token_hex(8), kind, made_at=time.time())
        is_preview = kind == "preview"
        order = write_order(self.session, document, "preview" if is_preview else f"renders/{news.id}", is_preview)
        news.parameters = described(order.values)
        render = QueuedRender(
            self.session.id,
            is_preview,
            order,
            begun=lambda: self._update(news, state="running", ahead=0),
            told=lambda advance: self._advance(news, advance),
            ended=lambda end: self.end(news, end),
            moved=lambda ahead: self._update(news, ahead=ahead),
        )
        self.add(news, lambda: self._queue.cancel(render))
        try:
            self._queue.add(render)
        except Exception:
            self.forget(news.id)
            raise
        return news.id

    def add(self, news: RenderNews, cancel: Callable[[], None]) -> None:
        """Take a render in that is on its way; ``cancel`` stops it."""
        with self._lock:
            self._news[news.id] = news
            self._on_their_way[news.id] = cancel
            self._changed(news)
        self._forget_oldest()

    @property
    def unfollowed(self) -> list[RenderNews]:
        """Those that a cluster renders while nobody here waits for them, as the studio was closed meanwhile."""
        with self._lock:
            return [news for news in self._news.values() if news.is_elsewhere and news.id not in self._on_their_way]

    def cancel_all(self) -> None:
        """Cancel whatever is on its way."""
        with self._lock:
            cancels = list(self._on_their_way.values())
        for cancel in cancels:
            cancel()

    def tell_revision(self, revision: int) -> None:
        """Let other tabs know that the session was stored."""
        with self._lock:
            self.revision = revision
            self._serial += 1
        self._wake()

    def cancel(self, render_id: str) -> None:
        """Cancel a render that is on its way, or remove one that is over, with its picture.

        Raises:
            UnknownItemError: when there is none of this id.
        """
        with self._lock:
            if render_id not in self._news:
                raise UnknownItemError("render")
            cancel = self._on_their_way.get(render_id)
        if cancel:
            cancel()
        else:
            self.forget(render_id)

    def forget(self, render_id: str) -> None:
        with self._lock:
            self._on_their_way.pop(render_id, None)
            self._pictures.pop(render_id, None)
            if self._news.pop(render_id, None):
                self._serial += 1
        shutil.rmtree(self.session.path / "renders" / render_id, ignore_errors=True)
        self._wake()

    def picture(self, render_id: str) -> bytes:
        """Return the newest picture of a render, a PNG.

        Raises:
            UnknownItemError: when there is none.
        """
        with self._lock:
            if render_id not in self._news:
                raise UnknownItemError("picture")
            if picture := self._pictures.get(render_id):
                return picture
        try:
            return (self.session.path / "renders" / render_id / PICTURE).read_bytes()
        except FileNotFoundError:
            raise UnknownItemError("picture") from None

    def last_preview(self) -> bytes | None:
        """Return the last finished preview, which a page that is opened again shows; None when there is none."""
        try:
            return (self.session.path / PREVIEW_PICTURE).read_bytes()
        except FileNotFoundError:
            return None

    def folder(self, render_id: str) -> Path:
        return self.session.path / "renders" / render_id

    def since(self, serial: int) -> tuple[int, list[dict[str, object]], list[str]]:
        """Return the last change's number, the renders that have changed since ``serial``, and the ids of all."""
        with self._lock:
            changed = [dataclasses.asdict(news) for news in self._news.values() if news.serial > serial]
            return self._serial, changed, list(self._news)

    def listen(self) -> Listener:
        """Be woken, in this event loop, by each change."""
        return Listener(self._listeners, asyncio.get_running_loop())

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens and nothing is on its way."""
        return not self._listeners and not self._on_their_way

    def _advance(self, news: RenderNews, advance: Advance) -> None:
        values = {name: getattr(advance, name) for name in ("phase", "phases", "done", "planned", "seconds_left")}
        if advance.picture:
            self._show(news, advance.picture)
        self._update(news, **values)

    def _show(self, news: RenderNews, picture: bytes) -> None:
        with self._lock:
            self._pictures[news.id] = picture
        self._update(news, picture_serial=news.picture_serial + 1)

    def end(self, news: RenderNews, end: End) -> None:
        """Note how a render has ended; a picture is stored before anyone hears of it."""
        with self._lock:
            if news.id not in self._news:
                return
            self._on_their_way.pop(news.id, None)
        if news.kind == "preview":
            if end.picture:
                self.session.write(PREVIEW_PICTURE, end.picture)
                self._show(news, end.picture)
        elif end.picture:
            self.session.write(f"renders/{news.id}/{PICTURE}", end.picture)
            with self._lock:
                self._pictures.pop(news.id, None)
            self._update(news, picture_serial=news.picture_serial + 1)
        self.update(news, state=end.state, message=end.message, facts=end.facts, seconds_left=None)
        self._forget_oldest()

    def update(self, news: RenderNews, **values: object) -> None:
        """Change what is told of a render, and store it if it is one that is kept."""
        self._update(news, **values)
        if news.kind == "picture" and news.id in self._news:
            kept = {name: getattr(news, name) for name in KEPT_FIELDS}
            self.session.write(f"renders/{news.id}/{RECORD}", json.dumps(kept).encode())

    def _update(self, news: RenderNews, **values: object) -> None:
        with self._lock:
            if all(getattr(news, name) == value for name, value in values.items()):
                return
            for name, value in values.items():
                setattr(news, name, value)
            self._changed(news)
        self._wake()

    def _changed(self, news: RenderNews) -> None:
        self._serial += 1
        news.serial = self._serial

    def _wake(self) -> None:
        for loop, event in list(self._listeners):
            with suppress(RuntimeError):  # the loop is closed, as the studio ends
                loop.call_soon_threadsafe(event.set)

    def _forget_oldest(self) -> None:
        """Keep the last preview and the last pictures; memory and disk stay bounded however long one paints."""
        with self._lock:
            over = [news for news in self._news.values() if news.is_over]
            previews = [news.id for news in over if news.kind == "preview"]
            pictures = sorted((news.made_at, news.id) for news in over if news.kind == "picture")
        for render_id in [*previews[:-1], *(name for _, name in pictures[:-MOST_KEPT])]:
            self.forget(render_id)


class Listener:
    """An event that each change sets, within a ``with``."""

    def __init__(
        self, listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._listeners = listeners
        self._mine = (loop, asyncio.Event())

    def __enter__(self) -> asyncio.Event:
        self._listeners.add(self._mine)
        return self._mine[1]

    def __exit__(self, *_: object) -> None:
        self._listeners.discard(self._mine)

"""Making things ahead, in a thread, while those that are made are put away (used by workers)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

Made = TypeVar("Made")


def ahead(things: Iterator[Made], most_waiting: int) -> Generator[Made]:
    """Yield ``things``, in order, while a thread takes the next ones from them.

    Closed before its end, it waits until the thing that is in the making is done, and no other is begun.

    Args:
        things: What takes long to make; only that one thread asks for them.
        most_waiting: So many may be made and not yet taken.

    Raises:
        BaseException: what ``things`` raise, after all that they made before.
    """
    made: queue.SimpleQueue[Made | Ended] = queue.SimpleQueue()
    room, is_over = threading.Semaphore(most_waiting), threading.Event()

    def make() -> None:
        error: BaseException | None = None
        try:
            while room.acquire() and not is_over.is_set():
                made.put(next(things))
        except StopIteration:
            pass
        except BaseException as raised:
            error = raised
        made.put(Ended(error))

    maker = threading.Thread(target=make, name="ahead", daemon=True)
    maker.start()
    try:
        while not isinstance(thing := made.get(), Ended):
            room.release()
            yield thing
        if thing.error is not None:
            raise thing.error
    finally:
        is_over.set()
        room.release()
        maker.join()


class Ended:
    """Says that nothing more is made, and why, if that is an error."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

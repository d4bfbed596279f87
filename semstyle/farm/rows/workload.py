"""How much work there is in a run: the estimated seconds of its rows, as far as they have been read."""

from __future__ import annotations

from collections.abc import Iterable

from semstyle.cost import Estimator, rates_for, shapes_of
from semstyle.manifest import BadRow, Row


class Workload:
    """Adds up what rows are estimated to take and what renders have taken, to tell how long the rest will take.

    Rows are estimated by the rates of a CPU, whatever they are rendered on, and images taken for photographs, as no
    header is read: what renders really take sets the pace.
    """

    def __init__(self) -> None:
        self._estimator: Estimator | None = None
        self._open: dict[str, float] = {}
        self._read = 0
        self._read_seconds = self._done_seconds = self._measured_seconds = 0.0

    def estimated(self, row: Row | BadRow) -> float:
        """Return the seconds that a row is estimated to take; 0 when it cannot be rendered."""
        if isinstance(row, BadRow):
            return 0.0
        if row.render_id in self._open:
            return self._open[row.render_id]
        self._estimator = self._estimator or Estimator(rates_for("cpu"))
        return self._estimator.estimate(row.parameters, shapes_of(row)).seconds

    def add(self, rows: Iterable[Row | BadRow]) -> None:
        """Note rows that were read and will be handed out."""
        for row in rows:
            self._open[row.render_id] = self.estimated(row)
            self._read += 1
            self._read_seconds += self._open[row.render_id]

    def finish(self, render_id: str, seconds: float) -> None:
        """Note that a row's render took ``seconds``."""
        self._done_seconds += self._open.pop(render_id, 0.0)
        self._measured_seconds += seconds

    def drop(self, render_id: str) -> None:
        """Note that a row has failed for good."""
        self._open.pop(render_id, None)

    @property
    def pace(self) -> float:
        """Measured over estimated seconds of what is finished; 1 until something is."""
        return self._measured_seconds / self._done_seconds if self._done_seconds and self._measured_seconds else 1.0

    def worked(self, rows: Iterable[Row], seconds: float) -> float:
        """Return how many of the estimated seconds of ``rows`` are done, which a worker has for ``seconds``."""
        return min(seconds / self.pace, sum(map(self.estimated, rows)))

    @property
    def open_rows(self) -> int:
        """How many rows were read and are neither rendered nor failed."""
        return len(self._open)

    def work_left(self, rows_left: int, worked: float) -> float:
        """Return the estimated seconds of the rest; rows that were not read yet are taken to be like those that were.

        Args:
            rows_left, worked: See :meth:`seconds_left`.
        """
        unread = max(0, rows_left - len(self._open)) * self._read_seconds / max(1, self._read)
        return max(0.0, sum(self._open.values()) + unread - worked)

    def place_seconds_left(self, rows_left: int, worked: float, speed: float) -> float:
        """Return how long the rest would take if one render were made after another.

        Args:
            rows_left, worked: See :meth:`seconds_left`.
            speed: How many times faster than estimated renders are taken to be, until one is finished.
        """
        return self.work_left(rows_left, worked) * (self.pace if self._done_seconds else 1 / speed)

    def seconds_left(self, rows_left: int, worked: float, elapsed: float) -> float | None:
        """Return how long the rest will take, or None while nothing is known.

        Args:
            rows_left: Rows that are neither rendered nor failed, read or not.
            worked: Estimated seconds of what is being rendered, as far as it is done.
            elapsed: Seconds since the first render began.
        """
        done = self._done_seconds + worked
        if done <= 0 or elapsed <= 0:
            return None
        return self.work_left(rows_left, worked) * elapsed / done

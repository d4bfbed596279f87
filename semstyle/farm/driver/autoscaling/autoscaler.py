"""Ray's autoscaler, from a driver's side: it is asked for a size of the cluster, and tells whether it may have it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from functools import cached_property

from semstyle.farm.connected_head import connected_head
from semstyle.farm.driver.autoscaling.bundles import Bundle

ANSWER_SECONDS = 5


class Decision(Enum):
    """What has become of the last request."""

    GRANTED = auto()
    REFUSED = auto()
    OPEN = auto()


class Autoscaler:
    """Asks through Ray's SDK, and reads the state that Ray's second autoscaler leaves with the head.

    The first autoscaler leaves none, and starts what it can of any request. Where there is no autoscaler, a request is
    noted by the head, and that is all. Whatever Ray raises is passed on.
    """

    def __init__(self) -> None:
        self._asked_in: int | None = None

    @cached_property
    def is_strict(self) -> bool:
        """Whether it takes a request whole or not at all."""
        from ray.autoscaler.v2.utils import is_autoscaler_v2

        # Ray keeps what it once found out, also for the next cluster that the process joins, and asks by that.
        return bool(is_autoscaler_v2(fetch_from_server=True, gcs_client=connected_head()))

    def request(self, bundles: Sequence[Bundle]) -> None:
        """Ask for a cluster that holds these bundles at least; it takes the place of what anyone asked for before."""
        from ray.autoscaler.sdk import request_resources

        request_resources(bundles=list(bundles))
        self._asked_in, _, _ = self._state()

    def decision(self) -> Decision:
        """Return whether the last request is within the limits; ``OPEN`` until the autoscaler has seen it."""
        _, seen, is_refused = self._state()
        if self._asked_in is None or seen <= self._asked_in:
            return Decision.OPEN
        return Decision.REFUSED if is_refused else Decision.GRANTED

    def _state(self) -> tuple[int, int, bool]:
        """Return the head's version of the state, the one that the autoscaler saw last, and whether it refuses."""
        from ray.core.generated.autoscaler_pb2 import GetClusterStatusReply  # type: ignore[attr-defined]

        reply = GetClusterStatusReply()
        reply.ParseFromString(connected_head().get_cluster_status(timeout_s=ANSWER_SECONDS))
        version = reply.cluster_resource_state.cluster_resource_state_version
        told = reply.autoscaling_state
        is_refused = len(told.infeasible_cluster_resource_constraints) > 0
        return version, told.last_seen_cluster_resource_state_version, is_refused

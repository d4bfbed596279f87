"""Addresses that are not a Ray cluster's."""

from __future__ import annotations

import socket

import pytest

from semstyle.farm.demand import Demand
from semstyle.farm.driver import cluster
from semstyle.farm.driver.cluster import check_address
from semstyle.farm.errors import ClusterLostError, FarmError


@pytest.mark.parametrize("address", ["http://head:8265", "https://head", "ray://head:10001"])
def test_a_dashboard_or_client_address_is_answered_with_what_works(address):
    with pytest.raises(FarmError, match="semstyle submit"):
        check_address(address)


@pytest.mark.parametrize("address", ["auto", "local", "head:6379", "10.0.0.1:6379"])
def test_other_addresses_are_left_to_ray(address):
    check_address(address)


class RayWithoutHead:
    """What a driver is left with when the head's process is gone: `nodes` would block for a minute."""

    def __init__(self, head: str) -> None:
        self.gcs_address = head

    def get_runtime_context(self) -> RayWithoutHead:
        return self

    def nodes(self) -> list[dict[str, object]]:
        raise AssertionError("this would block")


def test_a_head_that_does_not_answer_is_waited_for_and_then_the_cluster_is_lost(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        head = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setattr(cluster, "ray_module", lambda: RayWithoutHead(head))
    nodes = cluster.Cluster()
    assert nodes.nodes == {}

    monkeypatch.setattr(cluster, "HEAD_SECONDS", 0)
    monkeypatch.setattr(cluster, "REFRESH_SECONDS", -1)
    with pytest.raises(ClusterLostError, match=f"{head} has not answered .* run the same command again") as lost:
        _ = nodes.nodes
    assert lost.value.exit_code == 1


@pytest.mark.parametrize(
    ("said", "hint"),
    [("Failed to connect to Ray cluster at 10.0.0.1:6379", True), ("Version mismatch: 3.11 and 3.12", False)],
)
def test_a_cluster_that_may_want_a_token_is_answered_with_where_to_put_it(monkeypatch, said, hint):
    def init(**options: object) -> None:
        raise ConnectionError(said)

    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("ray.init", init)
    with pytest.raises(FarmError) as not_joined, cluster.connected("auto", lambda node: None):
        pass
    line = str(not_joined.value)
    assert line.startswith(f"cannot join the Ray cluster at auto: {said}") and not_joined.value.exit_code == 2
    assert ("set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN as it is set on its head" in line) == hint


class RayOfThree:
    """A Ray of three nodes, of which the second is about to leave."""

    def __init__(self, gcs_address: str, draining: object) -> None:
        self.gcs_address = gcs_address
        self.state = self._private = self
        self.get_draining_nodes = draining

    def get_runtime_context(self) -> RayOfThree:
        return self

    def nodes(self) -> list[dict[str, object]]:
        return [
            {"NodeID": name, "Alive": True, "Resources": {"CPU": 2.0}, "NodeManagerAddress": "10.0.0.1"}
            for name in ("a", "b", "c")
        ]


def test_a_node_that_is_about_to_leave_has_no_places_but_is_still_there(monkeypatch):
    def unknown() -> dict[str, int]:
        raise RuntimeError("another version of Ray")

    with socket.create_server(("127.0.0.1", 0)) as head:
        address = f"127.0.0.1:{head.getsockname()[1]}"
        ray = RayOfThree(address, lambda: {"b": 0})
        monkeypatch.setattr(cluster, "ray_module", lambda: ray)
        monkeypatch.setattr(cluster, "REFRESH_SECONDS", -1)
        nodes = cluster.Cluster()
        assert nodes.places(Demand(0, 1)) == 4 and nodes.places(Demand(0, 1), {"c"}) == 2
        assert not nodes.fits(Demand(0, 1), {"a", "c"}) and nodes.is_alive("b")
        ray.get_draining_nodes = unknown
        assert nodes.places(Demand(0, 1)) == 6

"""Addresses that are not a Ray cluster's."""

from __future__ import annotations

import socket

import pytest

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

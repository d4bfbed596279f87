"""What a real head is asked for, on a cluster where no one hears it, and what is given back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
from ray._private.ray_constants import AUTOSCALER_RESOURCE_REQUEST_CHANNEL

from semstyle.farm.connected_head import NAMESPACE, connected_head
from semstyle.farm.demand import Demand
from semstyle.farm.driver.autoscaling import capacity as module
from semstyle.farm.driver.autoscaling.asked_by_all import PREFIX
from semstyle.farm.driver.autoscaling.capacity import Capacity

ONE_CPU, QUARTER = Demand(0, 1), Demand(0.25, 0.25)


@pytest.fixture
def _quick(cluster, monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.0)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.0)
    monkeypatch.setattr(module, "FAREWELL_SECONDS", 60.0)
    yield
    for key in kept():
        connected_head().internal_kv_del(key, False, NAMESPACE)


def requested() -> list[dict[str, float]]:
    """What the head was asked for last, as Ray's first autoscaler would read it."""
    return json.loads(connected_head().internal_kv_get(AUTOSCALER_RESOURCE_REQUEST_CHANNEL, None) or b"[]")


def kept() -> list[bytes]:
    return connected_head().internal_kv_keys(PREFIX, NAMESPACE)


def want(capacity: Capacity, demand: Demand, places: int, expected: list[dict[str, float]]) -> None:
    """Say it as the driver does, until the head was asked for what is expected and is asked no more."""
    deadline = time.monotonic() + 60
    capacity.want(demand, places)
    wait_for_asking()
    while requested() != expected:
        assert time.monotonic() < deadline, requested()
        capacity.want(demand, places)
        wait_for_asking()


def asking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "capacity"]


def wait_for_asking() -> None:
    for thread in asking():
        thread.join()


@pytest.mark.usefixtures("_quick")
def test_the_head_is_asked_for_what_all_runs_want_and_the_last_one_leaves_nothing():
    one, two = Capacity("one"), Capacity("two")
    want(one, ONE_CPU, 3, [{"CPU": 1}] * 3)
    want(two, QUARTER, 5, [{"GPU": 1, "CPU": 1}, {"GPU": 1, "CPU": 0.25}] + [{"CPU": 1}] * 3)
    want(one, ONE_CPU, 1, [{"CPU": 1}, {"GPU": 1, "CPU": 1}, {"GPU": 1, "CPU": 0.25}])
    one.close()
    assert requested() == [{"GPU": 1, "CPU": 1}, {"GPU": 1, "CPU": 0.25}] and kept() == [PREFIX + b"two"]
    want(two, QUARTER, 0, [])
    assert kept() == []
    want(two, QUARTER, 1, [{"GPU": 1, "CPU": 0.25}])
    two.close()
    assert requested() == [] and kept() == []


@pytest.mark.usefixtures("_quick")
def test_a_run_replaces_what_a_killed_one_has_left():
    want(Capacity("killed"), ONE_CPU, 9, [{"CPU": 1}] * 9)
    for key in kept():  # as after a minute
        connected_head().internal_kv_del(key, False, NAMESPACE)
    after = Capacity("after")
    want(after, ONE_CPU, 2, [{"CPU": 1}] * 2)
    after.close()
    assert requested() == []


@pytest.mark.usefixtures("_quick")
def test_a_ray_of_our_own_is_not_asked():
    local = Capacity("local", can_grow=False)
    local.want(ONE_CPU, 5)
    local.close()
    assert requested() == [] and not asking()


@pytest.mark.usefixtures("_quick")
def test_a_head_that_is_silent_or_slow_holds_no_one_up(monkeypatch):
    silent = Capacity("silent")
    monkeypatch.setattr(module, "answers", lambda address: False)
    silent.want(ONE_CPU, 2)
    silent.close()
    assert requested() == [] and kept() == []

    gate = threading.Event()
    monkeypatch.setattr(module, "answers", lambda address: gate.wait())
    monkeypatch.setattr(module, "FAREWELL_SECONDS", 0.01)
    slow = Capacity("slow")
    for _ in range(3):
        slow.want(ONE_CPU, 2)
    assert len(asking()) == 1
    slow.close()
    assert requested() == []
    gate.set()
    wait_for_asking()
    assert requested() == [{"CPU": 1}] * 2
    slow.close()
    wait_for_asking()
    assert requested() == []


@pytest.mark.usefixtures("cluster")
def test_between_two_requests_there_are_some_seconds():
    capacity = Capacity("one")
    want(capacity, ONE_CPU, 1, [{"CPU": 1}])
    for places in range(2, 20):
        capacity.want(ONE_CPU, places)
    assert not asking()
    capacity.close()
    wait_for_asking()
    assert requested() == []

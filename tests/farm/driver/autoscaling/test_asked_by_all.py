"""Several runs on one cluster, and what one that was killed has left."""

from __future__ import annotations

import pytest

from semstyle.farm.demand import Demand
from semstyle.farm.driver.autoscaling import asked_by_all as module
from semstyle.farm.driver.autoscaling.asked_by_all import FRESH_SECONDS, PREFIX, AskedByAll, read


class Store:
    """The head's store, in its own terms."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def internal_kv_put(self, key: bytes, value: bytes, overwrite: bool, namespace: bytes, timeout: float) -> None:
        self.kept[key] = value

    def internal_kv_del(self, key: bytes, by_prefix: bool, namespace: bytes, timeout: float) -> None:
        self.kept.pop(key, None)

    def internal_kv_keys(self, prefix: bytes, namespace: bytes, timeout: float) -> list[bytes]:
        return [key for key in self.kept if key.startswith(prefix)]

    def internal_kv_multi_get(self, keys: list[bytes], namespace: bytes, timeout: float) -> dict[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}


@pytest.fixture
def clock(monkeypatch):
    """The time, which a test sets."""
    seconds = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def places(asked: AskedByAll) -> list[int]:
    return sorted(part.places for part in asked.others())


def test_each_run_knows_what_the_others_ask_for():
    store = Store()
    one, two, three = (AskedByAll(store, name) for name in ("one", "two", "three"))
    one.leave(Demand(0.25, 0.25), 4)
    two.leave(Demand(0, 1), 7)
    assert (places(one), places(two), places(three)) == ([7], [4], [4, 7])
    (part,) = two.others()
    assert part.demand == Demand(0.25, 0.25)
    two.leave(Demand(0, 1), 3)
    assert places(one) == [3]
    two.take_back()
    assert places(one) == []
    one.take_back()
    assert store.kept == {}


def test_what_a_killed_driver_has_left_counts_for_a_minute_and_is_removed(clock):
    store = Store()
    AskedByAll(store, "killed").leave(Demand(0, 1), 9)
    alive, late = AskedByAll(store, "alive"), AskedByAll(store, "late")
    alive.leave(Demand(0, 1), 2)
    for _ in range(4):
        assert places(alive) == [9], "nobody can tell yet"
        clock[0] += FRESH_SECONDS / 4
    assert places(alive) == [] and list(store.kept) == [PREFIX + b"alive"]
    assert places(late) == [2]


def test_a_driver_counts_as_long_as_it_renews_its_part_whatever_its_clock_says(clock):
    store = Store()
    slow, other = AskedByAll(store, "slow"), AskedByAll(store, "other")
    for _ in range(5):
        slow.leave(Demand(0, 1), 3)
        assert places(other) == [3]
        clock[0] += FRESH_SECONDS - 1
    clock[0] += 2
    assert places(other) == []
    slow.leave(Demand(0, 1), 3)
    assert places(other) == [3], "it was only late"


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"beat": 1, "gpus": 0, "cpus": 0, "places": 1}', b"[1]"])
def test_what_cannot_be_read_counts_for_nothing(content):
    store = Store()
    store.kept[PREFIX + b"newer"] = content
    assert read(content) is None and places(AskedByAll(store, "mine")) == []

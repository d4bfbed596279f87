"""How many renders fit a GPU or a node at once."""

from __future__ import annotations

import pytest

from semstyle.farm.demand import Demand
from semstyle.planning.packing import recommended_cpus, recommended_gpus, room_beside_others, room_for_one
from semstyle.planning.timetable import Timetable

NODE = {"CPU": 8.0, "GPU": 2.0, "memory": 32e9}


@pytest.mark.parametrize(
    ("peak", "share"),
    [(100e9, 1), (60e9, 1), (40e9, 1), (36e9, 0.5), (18e9, 0.25), (14e9, 0.2), (9e9, 0.125), (1e9, 0.1)],
)
def test_as_many_share_a_gpu_as_its_memory_holds(peak: float, share: float) -> None:
    assert recommended_gpus(peak, 80e9) == share
    assert recommended_gpus(peak, None) is None


@pytest.mark.parametrize(("peak", "cpus"), [(1e9, 1), (3.6e9, 1), (3.7e9, 2), (14e9, 4), (28e9, 8), (99e9, 8)])
def test_renders_side_by_side_get_so_many_cpus_that_they_fit_the_memory(peak: float, cpus: float) -> None:
    assert recommended_cpus(peak, NODE) == cpus
    assert recommended_cpus(peak, {"CPU": 8.0}) is None


def test_a_render_alone_has_more_room_than_beside_others() -> None:
    cpu, quarter = Demand(0, 2), Demand(0.25, 0.25)
    assert room_for_one(cpu, 32e9, None) == pytest.approx(0.9 * 32e9)
    assert room_beside_others(cpu, NODE, None) == pytest.approx(0.9 * 8e9)
    assert room_for_one(quarter, 32e9, 80e9) == pytest.approx(0.9 * 80e9)
    assert room_beside_others(quarter, NODE, 80e9) == pytest.approx(0.9 * 20e9)
    assert room_for_one(quarter, 32e9, None) is None and room_beside_others(quarter, NODE, None) is None


def test_the_place_that_is_free_first_gets_the_next_render() -> None:
    timetable = Timetable(2, start_seconds=1)
    assert timetable.seconds == 0
    for seconds in (5, 3, 2, 2):
        timetable.add(seconds)
    # 5, then 2 on one place; 3, then 2 on the other.
    assert timetable.seconds == 1 + 7 and timetable.busy_seconds == 12

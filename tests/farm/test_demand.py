"""What a render asks of a node, and how many fit."""

from __future__ import annotations

import pytest

from semstyle.farm.demand import Demand, choose_demand

GIB = 1024**3


@pytest.mark.parametrize(
    ("demand", "resources", "places"),
    [
        (Demand(0, 1), {"CPU": 4.0}, 4),
        (Demand(0, 2), {"CPU": 5.0}, 2),
        (Demand(0, 2), {"CPU": 1.0}, 0),
        (Demand(1, 1), {"CPU": 16.0, "GPU": 2.0}, 2),
        (Demand(1, 1), {"CPU": 16.0}, 0),
        (Demand(1, 1), {"CPU": 1.0, "GPU": 8.0}, 1),
        (Demand(0.25, 0.25), {"CPU": 16.0, "GPU": 2.0}, 8),
        (Demand(0.3, 0.3), {"CPU": 16.0, "GPU": 2.0}, 6),  # three to a GPU: a fraction is never split over two
        (Demand(2, 1), {"CPU": 16.0, "GPU": 3.0}, 1),
        (Demand(0, 1), {}, 0),
    ],
)
def test_places_on_a_node(demand, resources, places):
    assert demand.places(resources) == places


def test_gpus_are_used_when_there_are_any():
    assert choose_demand([{"CPU": 4}, {"CPU": 8, "GPU": 1}], 10, None, None) == Demand(1, 1)
    assert choose_demand([{"CPU": 4, "GPU": 1}], 10, 0, None).gpus == 0
    assert choose_demand([{"CPU": 4, "GPU": 1}], 10, 0.25, None) == Demand(0.25, 0.25)


@pytest.mark.parametrize(
    ("nodes", "renders", "threads"),
    [
        ([{"CPU": 2.0, "memory": 16 * GIB}], 100, 1),
        ([{"CPU": 2.0, "memory": 16 * GIB}], 1, 2),
        ([{"CPU": 64.0, "memory": 256 * GIB}], 1, 4),
        ([{"CPU": 64.0, "memory": 256 * GIB}], 30, 2),
        ([{"CPU": 64.0, "memory": 44 * GIB}], 1000, 3),
        ([{"CPU": 2.0, "memory": 1 * GIB}], 1000, 2),
        ([{"CPU": 4.0, "memory": 16 * GIB}] * 4, 4, 4),
        ([{"CPU": 1.0}], 1, 1),
        ([], 1, 1),
    ],
)
def test_cpu_renders_get_threads_only_when_they_cannot_be_side_by_side(nodes, renders, threads):
    demand = choose_demand(nodes, renders, None, None)
    assert (demand.gpus, demand.threads) == (0, threads)


def test_the_users_choice_of_cpus_holds():
    assert choose_demand([{"CPU": 64.0}], 10, None, 8).threads == 8
    assert choose_demand([{"CPU": 64.0}], 10, None, 0.5).threads == 1


def test_a_whole_gpu_is_never_less_than_was_asked():
    assert Demand(0.25, 0.25).whole_gpu() == Demand(1, 0.25)
    assert Demand(2, 1).whole_gpu() == Demand(2, 1)

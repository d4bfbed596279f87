"""Places as the bundles that the autoscaler is asked for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.farm.demand import Demand
from semstyle.farm.driver.autoscaling.bundles import bundles_of, places_in_one

shares = st.integers(1, 10_000).map(lambda parts: parts / 10_000)  # as fine as Ray counts


@pytest.mark.parametrize(
    ("demand", "places", "bundles"),
    [
        (Demand(0, 1), 3, [{"CPU": 1}] * 3),
        (Demand(0, 2.5), 2, [{"CPU": 2.5}] * 2),
        (Demand(0, 0.5), 5, [{"CPU": 1}] * 3),
        (Demand(1, 1), 2, [{"GPU": 1, "CPU": 1}] * 2),
        (Demand(2, 4), 1, [{"GPU": 2, "CPU": 4}]),
        (Demand(0.25, 0.25), 6, [{"GPU": 1, "CPU": 1}, {"GPU": 1, "CPU": 0.5}]),
        (Demand(0.1, 0.1), 10, [{"GPU": 1, "CPU": 1}]),
        # Four of them would ask for a node with 8 CPUs to a GPU, which there may not be.
        (Demand(0.25, 2), 3, [{"GPU": 0.25, "CPU": 2}] * 3),
        (Demand(1, 1), 0, []),
    ],
)
def test_shares_make_whole_gpus_and_cpus(demand, places, bundles):
    assert bundles_of(demand, places) == bundles


@given(
    gpus=st.just(0.0) | shares | st.integers(1, 8).map(float),
    cpus=shares | st.integers(1, 16),
    places=st.integers(0, 99),
)
def test_the_bundles_hold_all_places_and_one_fewer_would_not(gpus, cpus, places):
    demand = Demand(gpus, float(cpus))
    bundles = bundles_of(demand, places)
    assert len(bundles) == math.ceil(places / places_in_one(demand))
    for name, each in (("GPU", demand.gpus), ("CPU", demand.cpus)):
        assert sum(bundle.get(name, 0) for bundle in bundles) >= places * each - 1e-3
    # No bundle asks for more than a node needs that holds one render, or one whole GPU with one CPU.
    assert all(bundle.get("GPU", 0) <= max(1, gpus) and bundle["CPU"] <= max(1, cpus) for bundle in bundles)

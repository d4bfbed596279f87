"""Places in the words of Ray's autoscaler: the bundles of resources that must fit on the cluster, each on one node."""

from __future__ import annotations

import math

from semstyle.farm.demand import Demand

Bundle = dict[str, float]
DIGITS = 4
"""Ray counts resources in ten-thousandths."""


def bundles_of(demand: Demand, places: int) -> list[Bundle]:
    """Return bundles that hold so many renders of this demand.

    Shares of a GPU, or of a CPU, are put together to whole ones, as no node has a part of one. A share of a GPU that
    comes with more than its share of a CPU stays by itself: together they might ask for more CPUs than any node has,
    and the autoscaler would start none.
    """
    together = places_in_one(demand)
    bundles = [bundle(demand, together) for _ in range(places // together)]
    return bundles + ([bundle(demand, places % together)] if places % together else [])


def places_in_one(demand: Demand) -> int:
    """Return how many renders share a bundle."""
    share = demand.gpus or demand.cpus
    if share >= 1:
        return 1
    together = math.floor(1 / share)
    return together if round(together * demand.cpus, DIGITS) <= 1 else 1


def bundle(demand: Demand, places: int) -> Bundle:
    """Return the bundle of so many renders, at most :func:`places_in_one`."""
    if demand.gpus == 0:
        return {"CPU": max(1.0, demand.cpus)}
    gpus = 1.0 if places_in_one(demand) > 1 else demand.gpus
    return {"GPU": gpus, "CPU": round(places * demand.cpus, DIGITS)}

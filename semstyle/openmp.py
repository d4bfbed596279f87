"""How the threads of one operation wait for each other."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SPINS = "5000"
"""Turns of a loop; 300,000 by libgomp's own choice."""


def let_others_work(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let a thread that waits for another spin only briefly before it sleeps, unless the user has said how it waits.

    Two threads of a render beside two other busy programs spin for most of their time on the cores that they wait for:
    on two cores 400 pixels took 19 to 31 s in place of 4.1 s, and so take 8.6 to 9.1 s; alone they take 3.9 to 4.1 s.
    libgomp reads its variable once, when torch is loaded.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", SPINS)

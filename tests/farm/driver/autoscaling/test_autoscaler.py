"""Which of Ray's autoscalers a cluster has is asked of its head."""

from __future__ import annotations

import pytest
from ray.autoscaler.v2 import utils

from semstyle.farm.driver.autoscaling.autoscaler import Autoscaler


@pytest.mark.parametrize("believed", [None, True])
@pytest.mark.usefixtures("cluster")
def test_what_ray_found_out_of_another_cluster_is_not_believed(
    believed: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utils, "cached_is_autoscaler_v2", believed)
    assert not Autoscaler().is_strict
    assert utils.is_autoscaler_v2() is False, "Ray asks in the way that fits this cluster"

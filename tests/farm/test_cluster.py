"""Addresses that are not a Ray cluster's."""

from __future__ import annotations

import pytest

from semstyle.farm.cluster import check_address
from semstyle.farm.errors import FarmError


@pytest.mark.parametrize("address", ["http://head:8265", "https://head", "ray://head:10001"])
def test_a_dashboard_or_client_address_is_answered_with_what_works(address):
    with pytest.raises(FarmError, match="ray job submit"):
        check_address(address)


@pytest.mark.parametrize("address", ["auto", "local", "head:6379", "10.0.0.1:6379"])
def test_other_addresses_are_left_to_ray(address):
    check_address(address)

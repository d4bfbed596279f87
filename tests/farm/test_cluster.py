"""Addresses that are not a Ray cluster's, and the token of our own Ray."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from programs import run

from semstyle.farm.cluster import check_address
from semstyle.farm.errors import FarmError


@pytest.mark.parametrize("address", ["http://head:8265", "https://head", "ray://head:10001"])
def test_a_dashboard_or_client_address_is_answered_with_what_works(address):
    with pytest.raises(FarmError, match="ray job submit"):
        check_address(address)


@pytest.mark.parametrize("address", ["auto", "local", "head:6379", "10.0.0.1:6379"])
def test_other_addresses_are_left_to_ray(address):
    check_address(address)


def test_a_ray_of_our_own_writes_no_token_under_the_home_folder(tmp_path: Path):
    program = (
        "import os; del os.environ['RAY_AUTH_MODE']\n"
        "from semstyle.farm.cluster import connected\n"
        "with connected('local') as cluster: print(len(cluster.nodes), os.environ['RAY_AUTH_MODE'])\n"
    )
    ended = run([sys.executable, "-c", program], tmp_path, HOME=str(tmp_path), RAY_AUTH_MODE="removed")
    assert ended.stdout.split() == ["1", "token"], ended.stderr
    assert not (tmp_path / ".ray").exists()

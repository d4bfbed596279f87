"""What a job may name, and what never reaches its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from semstyle.submission.address import head_address, is_this_machine
from semstyle.submission.environment import passed_variables
from semstyle.submission.errors import SubmissionError
from semstyle.submission.places import reachable


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


def test_a_uri_stays_as_it_is() -> None:
    assert reachable("M", "s3://bucket/a.parquet", is_shared=False) == "s3://bucket/a.parquet"


@pytest.mark.parametrize("place", ["grid.parquet", "/data/grid.parquet", "file:///data/grid.parquet"])
def test_a_path_is_refused_where_the_cluster_may_not_have_it(place: str) -> None:
    with pytest.raises(SubmissionError, match=r"a path on this machine, which the cluster may not have; give a URI"):
        reachable("M", place, is_shared=False)


def test_a_shared_path_is_named_as_it_is_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert reachable("M", "grid.parquet", is_shared=True) == str(tmp_path / "grid.parquet")


@pytest.mark.parametrize(
    "place", ["https://user:pass-word@host/grid.parquet", "https://host/grid.parquet?X-Amz-Signature=0a1b2c3d"]
)
def test_a_credential_in_a_uri_is_refused_and_not_told(place: str) -> None:
    with pytest.raises(SubmissionError, match="this holds a credential") as refused:
        reachable("M", place, is_shared=False)
    assert "pass-word" not in str(refused.value)
    assert "0a1b2c3d" not in str(refused.value)


def test_a_value_on_the_command_line_is_refused_and_not_told() -> None:
    with pytest.raises(SubmissionError, match="leave the value of AWS_SECRET_ACCESS_KEY out") as refused:
        passed_variables(["AWS_SECRET_ACCESS_KEY=hush"])
    assert "hush" not in str(refused.value)


def test_values_are_taken_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "value")
    assert passed_variables(["MY_KEY"]) == {"MY_KEY": "value"}
    with pytest.raises(SubmissionError, match="--env NO_SUCH_KEY is not set here"):
        passed_variables(["NO_SUCH_KEY"])
    with pytest.raises(SubmissionError, match="is no name of a variable"):
        passed_variables(["MY-KEY"])


@pytest.mark.parametrize("address", ["head", "head:8265", "ray://head:10001", "http://", "http://head:port", "auto"])
def test_an_address_that_is_no_dashboard_is_refused(address: str) -> None:
    with pytest.raises(SubmissionError, match="such as http://head:8265"):
        head_address(address)


def test_an_address_given_wins_over_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SubmissionError, match="--address is missing"):
        head_address(None)
    monkeypatch.setenv("RAY_ADDRESS", "http://other:8265")
    assert head_address(None) == "http://other:8265"
    assert head_address("http://head:8265/") == "http://head:8265"


def test_which_addresses_are_this_machine() -> None:
    assert all(map(is_this_machine, ["http://localhost:8265", "http://127.0.0.1:1", "https://[::1]:8265"]))
    assert not any(map(is_this_machine, ["http://10.0.0.1:8265", "http://head", "http://localhost.example.com"]))

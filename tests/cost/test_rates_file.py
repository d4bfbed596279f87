"""Where measured rates are kept, and what happens when they cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from known_rates import rates_of

from semstyle.cost.built_in_rates import built_in
from semstyle.cost.rates_file import rates_folder, rates_for, store_rates
from semstyle.errors import InputError


def test_what_was_stored_is_read(tmp_path: Path) -> None:
    rates = rates_of(evaluation=0.25)
    path = store_rates(rates, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "cpu.json"
    assert rates_for("cpu", path.parent) == rates
    assert [file.name for file in path.parent.iterdir()] == ["cpu.json"]
    assert rates_for("cuda", path.parent) == built_in("cuda")


def test_the_variable_names_the_folder_else_it_is_in_the_cache(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SEMSTYLE_RATES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert rates_folder() == tmp_path / "semstyle" / "rates"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the specification says to ignore
    monkeypatch.setenv("HOME", str(tmp_path))
    assert rates_folder() == tmp_path / ".cache" / "semstyle" / "rates"
    monkeypatch.setenv("SEMSTYLE_RATES", str(tmp_path / "mine"))
    store_rates(rates_of(evaluation=7.0))
    assert rates_for("cpu", tmp_path / "mine").words == "measured (a machine for tests)"


@pytest.mark.parametrize("damage", ["", "{}", "[1", "null", "x" * 2**21])
def test_a_damaged_file_counts_as_none(damage: str, tmp_path: Path) -> None:
    (tmp_path / "cpu.json").write_text(damage)
    assert rates_for("cpu", tmp_path) == built_in("cpu")


def test_rates_in_other_quantities_or_of_another_device_count_as_none(tmp_path: Path) -> None:
    rates = rates_of(evaluation=1.0)
    fewer = dict(list(rates.seconds.items())[1:])
    store_rates(rates.model_copy(update={"seconds": fewer}), tmp_path)
    assert rates_for("cpu", tmp_path) == built_in("cpu")
    (tmp_path / "cuda.json").write_text(rates.model_dump_json())
    assert rates_for("cuda", tmp_path) == built_in("cuda")


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/cpu\.json: rates cannot be stored here .*--rates FOLDER"):
        store_rates(rates_of(), tmp_path / "file")

"""Imports without the garbage collector, which is on again afterwards."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator

import pytest

from semstyle.importing import uncollected


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_within_nor_looked_at_afterwards() -> None:
    gc.unfreeze()
    sys.modules.pop("colorsys", None)
    with uncollected():
        assert not gc.isenabled()
        made = [[number] for number in range(1000)]
        importlib.import_module("colorsys")
    assert gc.isenabled() and gc.get_freeze_count() > len(made)
    assert not any(one is made for one in gc.get_objects()), "it was moved to where the collector does not look"


def test_where_nothing_is_imported_all_is_looked_at_as_before() -> None:
    gc.unfreeze()
    with uncollected():
        importlib.import_module("gc")
    assert gc.get_freeze_count() == 0


def test_contexts_may_be_nested_and_may_fail() -> None:
    with pytest.raises(ImportError), uncollected():
        with uncollected():
            pass
        assert not gc.isenabled(), "the inner one leaves the outer one's"
        raise ImportError
    assert gc.isenabled()


def test_who_collects_nothing_goes_on_so() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()

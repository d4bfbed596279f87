"""A warm process notices that its device is another's now."""

from __future__ import annotations

from semstyle.farm.worker.visibility import Visibility


def test_a_process_has_moved_when_it_sees_other_devices_than_first(monkeypatch):
    visibility = Visibility()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert not visibility.has_moved()
    assert not visibility.has_moved()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert visibility.has_moved()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert not visibility.has_moved()

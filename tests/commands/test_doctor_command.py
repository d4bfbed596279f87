"""``semstyle doctor``: well on this machine, and ill where something was broken on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from programs import free_ports, run, semstyle

from semstyle.doctor import installation
from semstyle.doctor.places import look_at_credentials
from semstyle.farm.worker import nvidia_driver


def findings(tmp_path: Path, *arguments: str, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    ended = run(semstyle("doctor", "--json", *arguments), tmp_path, **variables)
    return ended.returncode, {finding["subject"]: finding for finding in json.loads(ended.stdout)}


def test_this_machine_is_well(tmp_path: Path) -> None:
    code, found = findings(tmp_path, "-o", str(tmp_path / "out"))
    assert code == 0, [finding for finding in found.values() if finding["verdict"] == "ill"]
    assert {"torch", "ray", "processors", "memory", "device", "compact", "vgg19", "fonts", "storage", "cluster"} <= set(
        found
    )
    assert not any((tmp_path / "out").iterdir()), "nothing is left in the folder"


def test_a_bucket_is_tried(s3: str, tmp_path: Path) -> None:
    code, found = findings(tmp_path, "-o", f"{s3}/doctor")
    assert (code, found["storage"]["verdict"], found["credentials"]["verdict"]) == (0, "well", "well")


def test_what_is_ill_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    (port,) = free_ports(1)
    (tmp_path / "file").touch()
    secret = "planted-5up3r-secret"
    code, found = findings(
        tmp_path, "-o", str(tmp_path / "file"), "--address", f"127.0.0.1:{port}", AWS_SECRET_ACCESS_KEY=secret
    )
    assert code == 3
    assert {name for name, finding in found.items() if finding["verdict"] == "ill"} == {
        "storage",
        "cluster",
        "credentials",
    }
    assert found["credentials"]["advice"] == "set AWS_ACCESS_KEY_ID too"
    assert "nothing answers at" in found["cluster"]["message"]
    assert secret not in json.dumps(found)


def test_a_package_that_is_broken_is_told_and_ends_the_looking(tmp_path: Path) -> None:
    (tmp_path / "s3fs.py").write_text("raise ImportError('its other half is missing')")
    ended = run(semstyle("doctor"), tmp_path, PYTHONPATH=str(tmp_path))
    assert ended.returncode == 3
    assert (
        "s3fs          cannot be imported (its other half is missing): pip install -c constraints.txt" in ended.stdout
    )
    assert "Traceback" not in ended.stderr and "cluster" not in ended.stdout


def test_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch, "get_num_threads", lambda: 4096)
    (processors, *_) = installation.look_at_machine()
    assert processors.verdict == "note" and "unset OMP_NUM_THREADS" in processors.advice


def test_a_driver_too_old_for_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    def too_old() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 12020). Please update it.")

    version = tmp_path / "version"
    version.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n")
    smi = tmp_path / "nvidia-smi"
    smi.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(nvidia_driver, "VERSION_FILE", version)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", too_old)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    (device,) = installation.look_at_device()
    assert device.verdict == "ill" and "driver 535.104.05, which knows CUDA up to 12.2, is too old" in device.message
    assert device.message.endswith("which needs 580 or newer") and "update the driver" in device.advice

    monkeypatch.setattr(torch.cuda, "init", lambda: None)
    (device,) = installation.look_at_device()
    assert device.verdict == "ill" and "driver 535.104.05 is there" in device.message and "nvidia-smi" in device.advice

    smi.unlink()
    (device,) = installation.look_at_device()
    assert device.verdict == "note", "a container to which no GPU was given sees its machine's driver"


def test_where_keys_come_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*installation.NEEDED, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert look_at_credentials().verdict == "note"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:planted-5up3r@127.0.0.1:8333")
    monkeypatch.setenv("AWS_PROFILE", "nights")
    finding = look_at_credentials()
    assert finding.verdict == "well" and "AWS_PROFILE" in finding.message and "5up3r" not in finding.message

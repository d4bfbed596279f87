"""A worker's device: its share of a GPU's memory, and GPUs that torch cannot use. torch.cuda is told what to answer."""

from __future__ import annotations

import pytest
import torch

from semstyle.farm.attempt import Assignment, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.errors import GpuError
from semstyle.farm.worker import nvidia_driver, render_attempt
from semstyle.farm.worker.worker_state import choose_device, release_device_memory

TOO_OLD = (
    "The NVIDIA driver on your system is too old (found version 12020). Please update your GPU driver by downloading "
    "and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx Alternatively, go to: "
    "https://pytorch.org to install a PyTorch version that has been compiled with your version of the CUDA driver."
)
VERSION_FILE = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"
    "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n"
)


@pytest.fixture
def gpu(monkeypatch) -> list[object]:
    """A GPU that is there; lists what it is asked for."""
    asked: list[object] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda share: asked.append(share))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: asked.append("empty_cache"))
    return asked


@pytest.fixture
def no_gpu(monkeypatch):
    """Sets what torch and the kernel say when no GPU can be used."""

    def say(error: Exception | None, version_file=None, cuda: str | None = "13.0") -> None:
        def init() -> None:
            if error is not None:
                raise error

        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr(torch.cuda, "init", init)
        monkeypatch.setattr(torch.version, "cuda", cuda)
        monkeypatch.setattr(torch, "__version__", "2.14.1+cu130")
        if version_file:
            monkeypatch.setattr(nvidia_driver, "VERSION_FILE", version_file)

    return say


@pytest.fixture
def version_file(tmp_path):
    path = tmp_path / "version"
    path.write_text(VERSION_FILE)
    return path


@pytest.mark.parametrize(("gpus", "share"), [(0.25, 0.25), (0.5, 0.5), (1.0, 1.0), (2.0, 1.0)])
def test_a_process_takes_no_more_than_its_share_of_a_gpus_memory(gpu, gpus, share):
    assert choose_device(Demand(gpus, 1)).type == "cuda"
    assert gpu == [share]


def test_without_a_gpu_none_is_asked(gpu):
    assert choose_device(Demand(0, 1)).type == "cpu"
    release_device_memory(Demand(0, 1))
    assert gpu == []


def test_caches_of_a_shared_gpu_are_emptied_after_each_attempt_and_those_of_a_whole_one_are_kept(gpu, monkeypatch):
    attempts: list[int] = []
    monkeypatch.setattr(render_attempt, "produce", lambda *given: attempts.append(len(gpu)) or Failed("time", "slow"))
    for gpus in (0.25, 0.25, 1.0):
        render_attempt.attempt(Assignment(None, "out", "run", Demand(gpus, 1)), Started("node", 1, 0.0))
    assert gpu == ["empty_cache"] * 2 and attempts == [0, 1, 2]


def test_a_device_that_turns_out_lost_when_its_caches_are_emptied_poisons_the_process(gpu, monkeypatch):
    def lost() -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(torch.cuda, "empty_cache", lost)
    monkeypatch.setattr(render_attempt, "produce", lambda *given: Failed(FailureClass.INPUT, "not an image"))
    answer = render_attempt.attempt(Assignment(None, "out", "run", Demand(0.5, 1)), Started("node", 1, 0.0))
    assert answer == Failed(FailureClass.INPUT, "not an image", poisoned=True)


def test_a_driver_too_old_is_told_with_what_is_needed_and_is_no_fault_of_the_row(no_gpu, version_file):
    no_gpu(RuntimeError(TOO_OLD), version_file)
    with pytest.raises(GpuError) as raised:
        choose_device(Demand(1, 1))
    assert str(raised.value) == (
        "NVIDIA's driver 535.104.05, which knows CUDA up to 12.2, is too old: torch 2.14.1+cu130 is built for CUDA "
        "13.0, which needs 580 or newer; update the driver, or install a torch that is built for an older CUDA "
        "(docs/install.md)"
    )
    failed = render_attempt.answered(choose_device, Demand(1, 1))
    assert (failed.kind, failed.message, failed.poisoned) == (FailureClass.DEVICE, str(raised.value), True)


@pytest.mark.parametrize(
    ("message", "cuda", "found", "needed"),
    [
        (TOO_OLD, "12.6", "driver of unknown version, which knows CUDA up to 12.2, is", "525 or newer"),
        ("The NVIDIA driver on your system is too old.", "13.0", "driver of unknown version is", "580 or newer"),
        (TOO_OLD, "14.1", "driver of unknown version, which", "needs a newer one"),
    ],
)
def test_what_is_not_known_of_a_driver_is_left_out(no_gpu, tmp_path, message, cuda, found, needed):
    no_gpu(RuntimeError(message), tmp_path / "none", cuda=cuda)
    what, advice = nvidia_driver.why_unusable()
    assert found in what and what.endswith(needed) and "update the driver" in advice


def test_a_torch_without_cuda_is_told(no_gpu):
    no_gpu(AssertionError("Torch not compiled with CUDA enabled"), cuda=None)
    with pytest.raises(GpuError, match=r"torch 2\.14\.1\+cu130 is built without CUDA; install .* --gpus-per-render 0"):
        choose_device(Demand(1, 1))


@pytest.mark.parametrize("error", [None, RuntimeError("CUDA unknown error"), RuntimeError("Found no NVIDIA driver")])
def test_a_gpu_that_does_not_answer_counts_against_its_node_only_with_others(no_gpu, error):
    no_gpu(error)
    assert render_attempt.answered(choose_device, Demand(1, 1)).kind is FailureClass.WORKER

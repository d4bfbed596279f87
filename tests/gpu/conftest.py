"""Tests that only mean something on a GPU; `make test-gpu` runs them where there is one."""

from __future__ import annotations

import os

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # before CUDA starts; deterministic products need it

import pytest
import torch

GENERATOR = torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def gpu() -> torch.device:
    assert torch.cuda.is_available(), "these tests need a GPU; `make test-gpu` leaves them out where there is none"
    return torch.device("cuda")


@pytest.fixture(scope="session")
def scene() -> dict[str, torch.Tensor]:
    """Pictures and maps with much to match."""
    style, content = (torch.rand(3, 192, 256, generator=GENERATOR) for _ in range(2))
    style_map = torch.zeros(3, 192, 256)
    style_map[0, :, 128:] = 1
    return {"styles": style, "style_maps": style_map, "target_map": style_map.flip(2), "content": content}

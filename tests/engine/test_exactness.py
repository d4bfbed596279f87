"""How exact a GPU's products are: in full but where they may be rounded, and as before afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from claimed_device import ClaimedDevice
from test_on_a_claimed_device import claimed, request_of  # noqa: F401

from semstyle.engine import render_request
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.exactness import convolutions, exact, products
from semstyle.engine.optimised.gram import GramLoss
from semstyle.engine.patches import matching
from semstyle.evaluate import judgement
from semstyle.evaluate.judgement import judge

CUDA = torch.device("cuda")
Settings = tuple[str, bool, bool, bool]


def settings() -> Settings:
    cudnn = torch.backends.cudnn
    return torch.get_float32_matmul_precision(), cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark


@pytest.fixture(autouse=True, params=[("highest", True, False, False), ("high", False, False, True)])
def before(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """The settings of a program that uses the engine."""
    kept = settings()
    set_all(request.param)
    yield request.param
    assert settings() == request.param
    set_all(kept)


def set_all(values: Settings) -> None:
    cudnn = torch.backends.cudnn
    torch.set_float32_matmul_precision(values[0])
    cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark = values[1:]


def test_within_nothing_is_rounded_and_what_may_be_is_asked_for() -> None:
    with exact(CUDA):
        assert settings() == ("highest", False, True, False)
        with products(CUDA, may_round=True):
            assert settings() == ("high", False, True, False)
        with convolutions(CUDA, may_round=True):
            assert settings() == ("highest", True, True, False)
        assert settings() == ("highest", False, True, False)


def test_an_error_within_leaves_them_as_they_were() -> None:
    with pytest.raises(ZeroDivisionError), exact(CUDA), products(CUDA, may_round=True):
        raise ZeroDivisionError


def test_a_cpu_changes_nothing(before: Settings) -> None:
    with exact(torch.device("cpu")), products(torch.device("cpu"), may_round=True):
        assert settings() == before


def test_a_render_rounds_convolutions_and_the_search_alone(
    claimed: ClaimedDevice,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, set[Settings]] = {"encoder": set(), "match": set(), "gram": set(), "nearest": set()}

    def watched(owner: object, name: str, kind: str) -> None:
        function = getattr(owner, name)

        def watching(*arguments: object, **options: object) -> object:
            seen[kind].add(settings())
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, watching)

    watched(Encoder, "forward", "encoder")
    watched(GramLoss, "__call__", "gram")
    watched(matching, "match_by_bands", "match")
    for case in ("semantic", "gram"):
        rendering = render_request(request_of(case), device="cuda")
    assert seen["encoder"] == {("highest", True, True, False)}
    assert seen["gram"] == {("highest", False, True, False)}
    assert seen["match"] == {("high", False, True, False)}
    watched(judgement, "nearest", "nearest")
    judge(request_of("semantic"), rendering, CUDA)
    assert seen["nearest"] == {("highest", False, True, False)}

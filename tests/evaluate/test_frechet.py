"""The Fréchet distance of features, beside scipy's square root of a matrix and worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from semstyle.evaluate.frechet import sifid


def features(seed: int) -> Tensor:
    """Eight channels that depend on each other, around another mean for each seed."""
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(8, 8, generator=generator) @ torch.randn(8, 300, generator=generator)
    return mixed.view(8, 15, 20) + seed


def plainly(output: Tensor, style: Tensor) -> float:
    (mean, covariance), (other, spread) = (
        (values.mean(1), np.cov(values)) for values in (output.flatten(1).numpy(), style.flatten(1).numpy())
    )
    return float(((mean - other) ** 2).sum() + np.trace(covariance + spread - 2 * sqrtm(covariance @ spread).real))


def test_it_is_the_distance_by_a_plain_square_root() -> None:
    assert sifid(features(0), [features(1)]) == pytest.approx(plainly(features(0), features(1)), rel=1e-6)


def test_the_style_itself_has_none_wherever_things_are() -> None:
    style = features(0)
    elsewhere = style.flatten(1)[:, torch.randperm(300, generator=torch.Generator().manual_seed(1))].view(8, 20, 15)
    assert sifid(elsewhere, [style]) == pytest.approx(0, abs=1e-6)
    assert sifid(elsewhere, [style[:, :4], style[:, 4:]]) == pytest.approx(0, abs=1e-6)


def test_a_shift_counts_by_its_square_and_a_scale_by_the_deviations_difference() -> None:
    style = features(0)
    shift = torch.arange(8.0)[:, None, None]
    assert sifid(style + shift, [style]) == pytest.approx(float(shift.square().sum()), rel=1e-5)
    centred = style - style.mean((1, 2), keepdim=True)
    total = np.trace(np.cov(style.flatten(1).numpy()))
    assert sifid(3 * centred, [centred]) == pytest.approx(4 * total, rel=1e-5)


def test_fewer_places_than_channels_are_no_trouble() -> None:
    generator = torch.Generator().manual_seed(0)
    few, style = torch.rand(64, 3, 3, generator=generator), torch.rand(64, 3, 4, generator=generator)
    found = sifid(few, [style])
    assert np.isfinite(found) and found > 0
    assert sifid(few, [few]) == pytest.approx(0, abs=1e-6)
    constant = torch.ones(64, 3, 3)
    assert sifid(constant, [constant]) == 0

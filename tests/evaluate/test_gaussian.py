"""Weighted means of neighbours, beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from semstyle.evaluate.gaussian import gaussian, weighted


@pytest.mark.parametrize(("sigma", "radius"), [(1.0, 4), (1.5, 5), (4.0, 16)])
def test_it_is_scipys_where_the_window_fits(sigma: float, radius: int) -> None:
    values = torch.rand(2, 50, 61, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = weighted(values, gaussian(sigma, radius))
    assert found.shape == (2, 50 - 2 * radius, 61 - 2 * radius)
    for ours, image in zip(found, values, strict=True):
        wanted = gaussian_filter(image.numpy(), sigma, radius=radius)[radius:-radius, radius:-radius]
        assert np.abs(ours.numpy() - wanted).max() < 1e-12

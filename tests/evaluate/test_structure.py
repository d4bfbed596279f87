"""Likeness of edges, beside scikit-image's SSIM and where the right value is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.filters import sobel
from skimage.metrics import structural_similarity
from sklearn.datasets import load_sample_image
from torch import Tensor

from semstyle.evaluate.structure import structure


def photograph(name: str) -> Tensor:
    return torch.from_numpy(np.array(load_sample_image(name))).permute(2, 0, 1).float()[:, 100:240, 200:390] / 255


def noise(seed: int) -> Tensor:
    return torch.rand(3, 140, 190, generator=torch.Generator().manual_seed(seed))


def by_scikit_image(output: Tensor, content: Tensor) -> float:
    ours, theirs = (
        sobel(np.einsum("c,chw->hw", [0.299, 0.587, 0.114], image.double().numpy()))[1:-1, 1:-1]
        for image in (output, content)
    )
    return structural_similarity(
        ours, theirs, data_range=theirs.max(), gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )


@pytest.mark.parametrize("other", [photograph("flower.jpg"), noise(0), 0.7 * photograph("china.jpg") + 0.3 * noise(1)])
def test_it_is_scikit_images_similarity_of_edge_maps(other: Tensor) -> None:
    content = photograph("china.jpg")
    assert structure(other, content) == pytest.approx(max(0, by_scikit_image(other, content)), abs=1e-3)


def test_only_edges_count() -> None:
    content = photograph("china.jpg")
    assert structure(content, content) == 1
    assert structure(1 - content, content) == pytest.approx(1, abs=1e-3)
    assert structure(content * 0.5 + 0.5, content * 0.5) == pytest.approx(1, abs=1e-3)


def test_what_is_moved_or_blurred_is_less_alike() -> None:
    content = photograph("china.jpg")
    near, far, elsewhere = (structure(content.roll(by, 2), content) for by in (1, 4, 60))
    blurred = structure(torch.nn.functional.avg_pool2d(content, 5, 1, 2), content)
    assert all(value is not None and 0 <= value < 0.95 for value in (near, far, elsewhere, blurred))
    assert near is not None and far is not None and elsewhere is not None
    assert near > far > elsewhere


def test_a_content_of_low_contrast_is_judged_as_sternly() -> None:
    content, other = photograph("china.jpg"), photograph("flower.jpg")
    assert structure(other * 0.1, content * 0.1) == pytest.approx(structure(other, content), abs=1e-3)


def test_no_edges_or_no_room_for_the_window_is_none() -> None:
    assert structure(noise(0), torch.full((3, 140, 190), 0.5)) is None
    assert structure(noise(0)[:, :12], noise(1)[:, :12]) is None
    assert structure(noise(0)[:, :13], noise(1)[:, :13]) is not None
    assert structure(torch.full((3, 140, 190), 0.5), noise(0)) == pytest.approx(0, abs=0.02)

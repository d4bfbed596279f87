"""The pool of visited images and the comparison of gradients."""

from __future__ import annotations

import pytest
import torch

from semstyle.distillation.photographs import Crops, Photograph
from semstyle.distillation.student import Student
from semstyle.distillation.visited import OPTIMISED, Pool, feature_distance, gradient_mismatch, pixel_gradient
from semstyle.engine.encoders.encoder import Encoder


def test_distance_is_relative_and_per_image() -> None:
    goals = {"3_1": torch.full((2, 4, 5, 5), 2.0), "4_1": torch.full((2, 4, 5, 5), 10.0)}
    features = {"3_1": goals["3_1"] + torch.tensor([0.0, 1.0])[:, None, None, None], "4_1": goals["4_1"] * 0.5}
    torch.testing.assert_close(feature_distance(features, goals), torch.tensor([0.25, 0.25 + 0.25]))


def test_visited_images_stay_in_range_and_come_closer_to_their_goals(
    photographs: list[Photograph], teacher: Encoder
) -> None:
    pool = Pool(Crops(photographs, 32, 0), capacity=4)
    targets = pool.targets.clone()
    goals = teacher(targets, OPTIMISED)
    before = feature_distance(teacher(pool.images, OPTIMISED), goals)
    for _ in range(6):
        images, towards = pool.visit(teacher, 4, steps=4)
        assert images.min() >= 0 and images.max() <= 1
        assert images.shape == towards.shape == (4, 3, 32, 32) and not images.requires_grad
    kept = (pool.targets == targets).flatten(1).all(1)
    assert 0 < kept.sum() < 4, "some started afresh, some went on"
    after = feature_distance(teacher(pool.images, OPTIMISED), goals)
    assert (after[kept] < 0.7 * before[kept]).all()


def test_gradients_of_equal_encoders_match_and_of_different_ones_do_not(
    teacher: Encoder, squares: torch.Tensor
) -> None:
    images = torch.rand(squares.shape, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    student = Student((4, 6, 8, 8, 8)).eval()
    assert float(gradient_mismatch(teacher, teacher, images, squares)) == pytest.approx(0, abs=1e-5)
    assert 0.2 < float(gradient_mismatch(student, teacher, images, squares).detach()) < 2


def test_gradient_mismatch_can_be_descended(teacher: Encoder, squares: torch.Tensor) -> None:
    images = torch.rand(squares[:4].shape, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    student = Student((4, 6, 8, 8, 8)).eval()
    optimiser = torch.optim.Adam(student.parameters(), lr=2e-2)
    losses = []
    for _ in range(20):
        loss = gradient_mismatch(student, teacher, images, squares[:4])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.1


def test_pixel_gradient_where_features_are_pixels(squares: torch.Tensor) -> None:
    """d/dx of 2 · mean (x − g)² / mean g², once per layer."""

    def identity(images: torch.Tensor, layers: tuple[str, ...]) -> dict[str, torch.Tensor]:
        return dict.fromkeys(layers, images)

    images, goal = squares[:2], squares[2:4]
    mean_square = goal.square().mean((1, 2, 3), keepdim=True)
    expected = 2 * 2 * (images - goal) / (goal[0].numel() * mean_square)
    torch.testing.assert_close(pixel_gradient(identity, images, identity(goal, OPTIMISED)), expected)

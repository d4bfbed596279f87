"""Folding batch normalisation away changes nothing, and unfolding it neither."""

from __future__ import annotations

import torch

from semstyle.distillation.optimiser import MuonAndAdamW
from semstyle.distillation.student import Student, widths_of
from semstyle.distillation.training import TAPS
from semstyle.engine.encoders.encoder import Encoder

WIDTHS = (4, 6, 8, 8, 8)


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    for tap in TAPS:
        torch.testing.assert_close(first[tap], second[tap], rtol=1e-3, atol=1e-3)


def test_a_folded_student_is_the_same_function(squares: torch.Tensor) -> None:
    torch.manual_seed(0)
    student = Student(WIDTHS)
    for layer in student.encoder.layers:
        torch.nn.init.uniform_(student.encoder.normalization(layer).weight, 0.5, 2)
        torch.nn.init.uniform_(student.encoder.normalization(layer).bias, -0.5, 0.5)
    for _ in range(5):
        student.train()(squares, TAPS)  # moves the running statistics
    student.eval()
    folded = student.folded()
    assert type(folded) is Encoder and widths_of(folded) == WIDTHS
    with torch.no_grad():
        assert_same(folded(squares, TAPS), student(squares, TAPS))


def test_an_unfolded_encoder_is_the_same_function_and_has_the_statistics_of_its_images(
    teacher: Encoder, squares: torch.Tensor
) -> None:
    student = Student.unfolded(teacher, squares)
    expected = teacher(squares, TAPS)
    with torch.no_grad():
        assert_same(student.eval()(squares, TAPS), expected)
        assert_same(student.folded()(squares, TAPS), expected)
        assert_same(student.train()(squares, TAPS), expected)  # the same images: the batch's statistics are those


def test_muon_moves_the_kernels_that_the_student_uses(squares: torch.Tensor) -> None:
    torch.manual_seed(0)
    student = Student(WIDTHS).to(memory_format=torch.channels_last)
    optimiser = MuonAndAdamW(student, muon_rate=0.1, adamw_rate=0)
    before = {key: value.clone() for key, value in student.state_dict().items()}
    optimiser.step(student(squares, ("5_1",))["5_1"].square().mean(), scale=0.5)
    moved = {
        key.split(".", 1)[1]
        for key, value in student.state_dict().items()
        if "running" not in key and "tracked" not in key and not torch.equal(value, before[key])
    }
    assert moved == {f"convolutions.{layer}.weight" for layer in student.encoder.layers}

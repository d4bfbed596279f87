"""A real training run, small and short."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch
import typer
from safetensors.torch import save_file
from typer.testing import CliRunner

from semstyle.distillation.explained import explained_variance
from semstyle.distillation.photographs import Crops, Photograph
from semstyle.distillation.student import Student
from semstyle.distillation.teacher import load_teacher
from semstyle.distillation.training import KINDS, TAPS, Schedule, TrainingProgress, distil, rate
from semstyle.distillation.visited import OPTIMISED
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.loading import load_encoder
from semstyle.errors import InputError

JOB = Path(__file__).parents[2] / "jobs" / "distill_encoder.py"
SHORT = Schedule(
    steps=25, batch=9, crop=32, average=0.8, report_every=10, snapshot_every=20, muon_rate=0.02, adamw_rate=1e-2
)


def train(
    teacher: Encoder, photographs: list[Photograph], schedule: Schedule = SHORT
) -> tuple[Encoder, list[TrainingProgress]]:
    torch.manual_seed(0)
    log: list[TrainingProgress] = []
    student = Student((6, 8, 12, 12, 12))
    return distil(teacher, student, Crops(photographs[:16], 32, 0), schedule, log.append), log


def weights(encoder: Encoder, layer: str) -> torch.Tensor:
    found: torch.Tensor = encoder.state_dict()[f"convolutions.{layer}.weight"]
    return found


def explained(student: Encoder, teacher: Encoder, photographs: list[Photograph]) -> dict[str, float]:
    """On the four photographs that `train` does not see; where a render's style is."""
    fitted_on = Crops(photographs[:16], 32, 1).batch(64)
    held_out = torch.stack([photograph.square(32) for photograph in photographs[16:]])
    found = explained_variance(student, teacher, fitted_on, held_out, OPTIMISED)
    return {tap: value.standardised for tap, value in found.items()}


def test_training_explains_more_variance(
    teacher: Encoder, photographs: list[Photograph], squares: torch.Tensor
) -> None:
    torch.manual_seed(0)
    untrained = Student.unfolded(Student((6, 8, 12, 12, 12)).folded(), squares)
    before = explained(untrained.folded(), teacher, photographs)
    trained, log = train(teacher, photographs, dataclasses.replace(SHORT, steps=80))
    after = explained(trained, teacher, photographs)
    for tap, share in after.items():
        assert share > before[tap] + 0.1, (before, after)
    first, last = log[0].explained, log[-1].explained
    for kind in KINDS:
        assert sum(last[kind].values()) > sum(first[kind].values()) + 0.5, (kind, first[kind], last[kind])
    assert [progress.step for progress in log] == [10, 20, 30, 40, 50, 60, 70, 80]


def test_the_same_seed_and_steps_make_the_same_encoder(teacher: Encoder, photographs: list[Photograph]) -> None:
    schedule = dataclasses.replace(SHORT, steps=4, gradient_weight=0.1, gradient_every=2)
    (first, _), (second, _) = train(teacher, photographs, schedule), train(teacher, photographs, schedule)
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key


def test_gradient_matching_changes_the_training_and_is_reported(
    teacher: Encoder, photographs: list[Photograph]
) -> None:
    schedule = dataclasses.replace(SHORT, steps=6, gradient_every=1, report_every=6)
    plain, log = train(teacher, photographs, schedule)
    matched, matched_log = train(teacher, photographs, dataclasses.replace(schedule, gradient_weight=1.0))
    assert log[-1].gradient_mismatch is None and 0 < (matched_log[-1].gradient_mismatch or 0) < 2
    assert not torch.equal(weights(plain, "3_1"), weights(matched, "3_1"))


def test_the_learning_rate_warms_up_and_ends_at_nothing() -> None:
    assert rate(0, 0.1) == pytest.approx(0.05)
    assert rate(0.1, 0.1) == pytest.approx(1)
    assert rate(1, 0.1) == pytest.approx(0)


def test_steps_and_minutes_say_how_much_is_done() -> None:
    assert Schedule(minutes=10).done(step=99, seconds=300) == pytest.approx(0.5)
    assert Schedule(minutes=10, steps=200).done(step=50, seconds=300) == pytest.approx(0.25)
    assert Schedule(steps=0).done(step=0, seconds=0) == 1


@pytest.fixture
def teacher_file(teacher: Encoder, tmp_path: Path) -> Path:
    """The teacher in the layout of Wang et al.'s compressed VGG-19s, behind a colour normalisation."""
    state = {"conv0.weight": torch.diag(torch.tensor([2.0, 2.0, 2.0]))[:, :, None, None], "conv0.bias": -torch.ones(3)}
    for layer in teacher.layers:
        for part, value in teacher.convolutions[layer].state_dict().items():
            state[f"conv{layer.replace('_', '')}.{part}"] = value
    save_file(state, tmp_path / "teacher.safetensors")
    return tmp_path / "teacher.safetensors"


def test_a_compressed_teacher_is_recognised_and_normalises_colours(
    teacher: Encoder, teacher_file: Path, squares: torch.Tensor
) -> None:
    found = load_teacher(str(teacher_file))
    got, expected = found(squares, TAPS), teacher(squares * 2 - 1, TAPS)
    for tap in TAPS:
        torch.testing.assert_close(got[tap], expected[tap], rtol=1e-3, atol=1e-4)
    assert load_teacher("compact") is load_encoder("compact")


@pytest.fixture
def job() -> ModuleType:
    specification = importlib.util.spec_from_file_location("distill_encoder", JOB)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def run(job: ModuleType, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(job.distill)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_the_job_writes_weights_and_figures_and_trains_them_further(
    job: ModuleType, teacher_file: Path, photographs: list[Photograph], tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for photograph in photographs:
        write_png(folder / photograph.name, photograph)
    common = ["--teacher", str(teacher_file), "--photos", str(folder), "--batch", "6", "--crop", "32", "--no-judge"]
    common += ["--widths", "6,8,12,12,12"]
    code, output = run(job, *common, "--steps", "3", "--out", str(tmp_path / "first.npz"))
    assert code == 0, output
    first = load_encoder(str(tmp_path / "first.npz"))
    figures = json.loads((tmp_path / "first.json").read_text())
    assert figures["teacher"] == "teacher.safetensors"
    assert figures["photographs"] == {"training": 4, "held_out": 16}
    assert figures["schedule"]["steps"] == 3

    resumed = [*common, "--resume", str(tmp_path / "first.npz"), "--out", str(tmp_path / "second.npz")]
    code, output = run(job, *resumed, "--steps", "0")
    assert code == 0, output
    image = torch.rand(1, 3, 32, 32)
    same = load_encoder(str(tmp_path / "second.npz"))(image, TAPS)
    for tap, expected in first(image, TAPS).items():
        torch.testing.assert_close(same[tap], expected, rtol=2e-2, atol=2e-2)  # rounded to float16 once more
    code, output = run(job, *resumed, "--steps", "2", "--muon-rate", "0.01")
    assert code == 0, output
    trained = load_encoder(str(tmp_path / "second.npz"))
    assert not torch.equal(weights(trained, "1_1"), weights(first, "1_1"))


def test_a_teacher_that_is_too_shallow_is_one_clear_line(
    job: ModuleType, photographs: list[Photograph], tmp_path: Path
) -> None:
    from semstyle.distillation.compact import save_compact

    save_compact(Encoder((4, 4, 4, 4, 4), "3_1"), tmp_path / "shallow.npz")
    code, output = run(
        job, "--teacher", str(tmp_path / "shallow.npz"), "--photos", "nowhere", "--out", str(tmp_path / "x.npz")
    )
    assert code == 2 and "its deepest layer is 3_1; distilling needs 3_1 and 4_1" in output
    with pytest.raises(InputError, match="there is no such file"):
        load_encoder(str(tmp_path / "x.npz"))


def write_png(path: Path, photograph: Photograph) -> None:
    from PIL import Image

    Image.fromarray(photograph.pixels.permute(1, 2, 0).numpy()).save(path)

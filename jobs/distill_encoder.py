"""Distil a compact encoder from VGG-19: weights as .npz, and the figures that they are judged by as .json.

The encoder in the package was made so; a teacher is ``vgg19`` (torchvision's, downloaded) or any weights:

    python jobs/distill_encoder.py --teacher vgg19 --photos photographs/ --minutes 120 --out mine.npz
    semstyle render … --set encoder=mine.npz

``--steps 0 --resume mine.npz`` only judges.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import torch
import typer

from semstyle.distillation.order import Order, fulfil
from semstyle.distillation.training import Schedule, TrainingProgress
from semstyle.errors import SemstyleError

DEFAULTS = Schedule()


def distill(
    teacher: Annotated[str, typer.Option(help="vgg19, or the path or URI of weights.")],
    photos: Annotated[str, typer.Option(help="A folder or a .tar of photographs, any fsspec URI.")],
    out: Annotated[Path, typer.Option(help="The .npz to write; its figures go beside it as .json.")],
    minutes: Annotated[float, typer.Option(min=0, help="How long to train.")] = DEFAULTS.minutes,
    steps: Annotated[int | None, typer.Option(min=0, help="Train for so many steps instead.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights, crops and noise.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default all.")] = None,
    resume: Annotated[str | None, typer.Option(help="An .npz to train further.")] = None,
    muon_rate: Annotated[float, typer.Option(min=0, help="Learning rate of convolutions.")] = DEFAULTS.muon_rate,
    adamw_rate: Annotated[float, typer.Option(min=0, help="Learning rate of the rest.")] = DEFAULTS.adamw_rate,
    batch: Annotated[int, typer.Option(min=3)] = DEFAULTS.batch,
    crop: Annotated[int, typer.Option(min=32, help="Side of the training crops in pixels.")] = DEFAULTS.crop,
    widths: Annotated[str, typer.Option(help="Channels of each block.")] = "16,32,64,128,128",
    gradient_weight: Annotated[float, typer.Option(min=0, help="Of the gradient matching loss.")] = 0,
    gradient_every: Annotated[int, typer.Option(min=1, help="Steps from one such loss to the next.")] = 4,
    judge: Annotated[bool, typer.Option(help="Judge the result by inversion.")] = True,
    painting: Annotated[list[str] | None, typer.Option(help="An image to judge by as well; repeatable.")] = None,
) -> None:
    """Distil a compact encoder from VGG-19."""
    if threads is not None:
        torch.set_num_threads(threads)
    schedule = Schedule(
        minutes=minutes,
        steps=steps,
        batch=batch,
        crop=crop,
        muon_rate=muon_rate,
        adamw_rate=adamw_rate,
        gradient_weight=gradient_weight,
        gradient_every=gradient_every,
    )
    order = Order(
        teacher,
        photos,
        out,
        schedule,
        seed,
        tuple(int(width) for width in widths.split(",")),
        resume,
        painting or (),
        judge,
    )
    try:
        figures = fulfil(order, print_progress)
    except SemstyleError as error:
        print(f"distill_encoder: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(f"wrote {out} (sha256 {figures['sha256']}) and {out.with_suffix('.json')}")


def print_progress(progress: TrainingProgress) -> None:
    for kind, explained in progress.explained.items():
        shares = "  ".join(f"{tap} {share:.3f}" for tap, share in explained.items())
        print(f"step {progress.step:6d}  {progress.minutes:6.1f} min  {kind:8s} {shares}", flush=True)
    if progress.gradient_mismatch is not None:
        print(f"step {progress.step:6d}  gradient mismatch {progress.gradient_mismatch:.3f}", flush=True)


if __name__ == "__main__":
    typer.run(distill)

"""``semstyle bench device``: what a render asks of a GPU, counted without one."""

from __future__ import annotations

from typing import Annotated

import typer

from semstyle.commands.bench_table import Json, show
from semstyle.commands.render import check_device, chosen_device
from semstyle.engine.named_encoders import COMPACT, VGG19
from semstyle.errors import InputError


def device(
    size: Annotated[int, typer.Option(min=32, help="Side of a square image in pixels.")] = 512,
    iterations: Annotated[int, typer.Option(min=1, help="Evaluations in each phase.")] = 100,
    phases: Annotated[int, typer.Option(min=1, help="Sizes from coarse to fine.")] = 3,
    encoder: Annotated[str, typer.Option(help="compact, or vgg19, of which no weights are needed.")] = VGG19.name,
    gpu: Annotated[str, typer.Option(help="The GPU whose data sheet is gone by: H100, H200, A100 or L4.")] = "H100",
    device: Annotated[str, typer.Option(help="auto or cuda: time there as well; cpu: only count.")] = "cpu",
    as_json: Json = False,
) -> None:
    """A GPU: the operations, bytes and arithmetic that a render asks of it, counted, and the least time they take."""
    check_device(device)
    from semstyle.bench.device.peaks import peaks_of

    peaks = peaks_of(gpu)
    if encoder not in {COMPACT.name, VGG19.name}:
        raise InputError(f"--encoder {encoder}: choose {COMPACT.name} or {VGG19.name}")
    import torch

    from semstyle.bench.device.phases import phase_works
    from semstyle.bench.device.request import counted_encoder, counted_request
    from semstyle.bench.device.table import device_table
    from semstyle.bench.floor import work_of

    timed = torch.device("cuda") if chosen_device(device) == "cuda" else None
    request, network = counted_request(size, iterations, phases), counted_encoder(encoder)
    works = list(phase_works(request, network, timed))
    options = f"--size {size} --iterations {iterations} --phases {phases} --encoder {encoder} --gpu {peaks.name}"
    command = f"semstyle bench device {options}{' --device cuda' if timed else ''}"
    show(device_table(works, work_of(request, network), peaks, command), as_json)

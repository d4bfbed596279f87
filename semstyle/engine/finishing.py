"""Making what a render hands back: a checkpoint at the end of each phase, and the rendering at the end of all."""

from __future__ import annotations

from pkgutil import resolve_name

import torch
from torch import Tensor

from semstyle.engine.inputs.scene import Scene
from semstyle.engine.memory import peak_memory
from semstyle.engine.patches.origins import Origins
from semstyle.engine.rendering import Checkpoint, Rendering
from semstyle.engine.tracing import Tracer, estimated_seconds


def checkpoint(scene: Scene, image: Tensor, tracer: Tracer, matches: Tensor | None = None) -> Checkpoint:
    """Make a checkpoint of a render whose last evaluation ended a phase."""
    last = tracer.trace[-1]
    seconds = estimated_seconds(last, scene.phases, scene.parameters)
    kept = None if matches is None else matches.cpu()
    return Checkpoint(last.phase, image.cpu(), list(tracer.trace), seconds, kept)


def finished(
    tracer: Tracer, image: Tensor, origins: dict[str, Origins], resumed_phases: int, device: torch.device
) -> Rendering:
    last = tracer.trace[-1]
    metrics = {
        "seconds": last.seconds,
        "evaluations": float(len(tracer.trace)),
        "phases": float(len(tracer.phases)),
        "resumed_phases": float(resumed_phases),
        "batch": 1.0,
        "final_loss": last.loss,
        "match_score": last.match_score,
        "peak_memory": float(peak_memory(device)),
        "threads": float(torch.get_num_threads()),
    }
    remarks = tracer.parameters.traits.remarks
    told = resolve_name(remarks)(tracer.parameters, len(tracer.trace)) if remarks else ()
    return Rendering(image.float().cpu(), tracer.trace, metrics, origins, told)

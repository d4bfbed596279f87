"""Making one attempt in a worker: loading a row's inputs, rendering, committing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

import torch

from semstyle.engine import (
    Checkpoint,
    Course,
    Encoder,
    InputError,
    NonFiniteLossError,
    Rendering,
    Request,
    render_request,
)
from semstyle.engine.memory import release_freed_memory
from semstyle.evaluate.judged import UNJUDGED, judged, without_metrics
from semstyle.farm.attempt import Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.errors import GpuError
from semstyle.farm.output.commit import commit, sha256
from semstyle.farm.output.layout import map_path
from semstyle.farm.output.record import Timing, Worker, record_bytes
from semstyle.farm.worker.checkpoints import Checkpoints
from semstyle.farm.worker.device_errors import is_out_of_memory, poisons_device
from semstyle.farm.worker.headway_notes import HeadwayNotes
from semstyle.farm.worker.previews import Previews
from semstyle.farm.worker.provenance import provenance
from semstyle.farm.worker.worker_state import STYLE_FEATURES, choose_device, device_name, release_device_memory
from semstyle.image_formats import FORMATS, encode_image
from semstyle.manifest.fetched_encoder import encoder_for
from semstyle.manifest.input_file import InputFile
from semstyle.manifest.inputs import load_inputs
from semstyle.manifest.recipe import Recipe, without_recipe
from semstyle.storage import AllowList, Folder, StorageError, one_line, redact

Given = ParamSpec("Given")
Done = TypeVar("Done")


def attempt(assignment: Assignment, started: Started) -> Committed | Failed:
    """Try a render once. Every error comes back as an answer, so that the driver learns what a crash would hide."""
    return settled(rendered(assignment, started))


def rendered(assignment: Assignment, started: Started) -> Finished | Failed:
    """Load, render and judge; what is finished is still to be committed."""
    outcome = answered(produce, assignment, started)
    release_freed_memory()
    return tidied(outcome, assignment.demand)


def settled(outcome: Finished | Failed) -> Committed | Failed:
    """Commit what is finished; returns how the attempt ended."""
    if isinstance(outcome, Failed):
        return outcome
    answer = answered(store, outcome)
    return replace(answer, number=outcome.number, poisoned=answer.poisoned or outcome.poisoned)


def answered(work: Callable[Given, Done], *given: Given.args, **named: Given.kwargs) -> Done | Failed:
    """Do ``work``; returns what it returns, or what it raises as a :class:`Failed`."""
    try:
        return work(*given, **named)
    except (InputError, NonFiniteLossError) as error:
        return failed(FailureClass.INPUT, error)
    except StorageError as error:
        return failed(FailureClass.STORAGE, error)
    except GpuError as error:
        return replace(failed(FailureClass.DEVICE, error), poisoned=True)
    except Exception as error:
        if is_out_of_memory(error):
            return failed(FailureClass.MEMORY, error)
        return replace(failed(FailureClass.WORKER, error), poisoned=poisons_device(error))


Outcome = TypeVar("Outcome", bound="Finished | Failed")


def tidied(outcome: Outcome, demand: Demand) -> Outcome:
    """Leave the device's memory to those who share it; an error that comes up only now poisons the process."""
    if outcome.poisoned:
        return outcome
    try:
        release_device_memory(demand)
    except RuntimeError:
        return replace(outcome, poisoned=True)
    return outcome


@dataclass(frozen=True)
class Loaded:
    """A render whose inputs are loaded, so that it can begin.

    Attributes:
        maps: Path → content of the maps that were made for it, if any.
        remarks: What is the matter with its inputs, a line each.
        files: The files that it is made from, by column and URI.
        seconds: How long loading took.
    """

    assignment: Assignment
    request: Request
    encoder: Encoder
    device: torch.device
    maps: Mapping[str, bytes]
    remarks: tuple[str, ...]
    files: Mapping[tuple[str, str], InputFile]
    seconds: float


@dataclass(frozen=True)
class Finished:
    """A render that is made and judged, and is to be committed, for which no device is needed.

    Attributes:
        loaded: What it was made of.
        remarks: What is the matter with it, a line each; they become part of its record.
        before: What was the matter before it was begun, which only the driver is told.
        checkpoints: Where it went on, if it was rendered alone.
        number: Its place among those of the task, from 0; None when it is the only one.
        poisoned: Whether the device has failed since the image was finished.
    """

    loaded: Loaded
    rendering: Rendering
    worker: Worker
    started_at: float
    render_seconds: float
    judge_seconds: float
    remarks: tuple[str, ...]
    before: tuple[str, ...] = ()
    checkpoints: Checkpoints | None = None
    number: int | None = None
    poisoned: bool = False


def load(assignment: Assignment) -> Loaded:
    """Read and check what a render needs.

    Raises:
        InputError: also when storage will never give an input.
        StorageError: only when trying again may help.
    """
    row = assignment.row
    begun = time.perf_counter()
    device = choose_device(assignment.demand)
    try:
        allow = AllowList(assignment.allow)
        inputs = load_inputs(row, allow, assignment.allow_torchscript)
        encoder = encoder_for(row.parameters, allow)
    except StorageError as error:
        if error.transient:
            raise
        raise InputError(str(error)) from error
    request = Request(**inputs.as_dict(), parameters=row.parameters)
    made = inputs.made.files() if inputs.made else {}
    maps = {map_path(row.render_id, name): content for name, content in made.items()}
    return Loaded(assignment, request, encoder, device, maps, inputs.remarks, inputs.files, time.perf_counter() - begun)


def produce(assignment: Assignment, started: Started) -> Finished:
    """Load, render (from a checkpoint if there is one) and judge; raises as :func:`load`."""
    loaded = load(assignment)
    begun = time.perf_counter()
    checkpoints, previews = Checkpoints(assignment, loaded.request), Previews(assignment)

    def keep(checkpoint: Checkpoint) -> None:
        checkpoints.store(checkpoint)
        previews.store(checkpoint)

    rendering = render_request(
        loaded.request,
        encoder=loaded.encoder,
        device=loaded.device,
        style_features=STYLE_FEATURES,
        course=Course(HeadwayNotes(assignment, started).step, keep, checkpoints.find()),
    )
    finished = judge(loaded, rendering, time.perf_counter() - begun, started)
    return replace(finished, checkpoints=checkpoints)


def judge(loaded: Loaded, rendering: Rendering, render_seconds: float, started: Started) -> Finished:
    """Add its metrics to a render, if they are wanted."""
    begun = time.perf_counter()
    made_by = provenance(loaded.encoder, loaded.device)
    worker = Worker(started.node, started.pid, device_name(loaded.device), made_by)
    remarks, error = [] if loaded.assignment.judge else [UNJUDGED], None
    if loaded.assignment.judge:
        rendering, error = judged(loaded.request, rendering, loaded.device)
        remarks += [without_metrics(error)] if error else []
    return Finished(
        loaded,
        rendering,
        worker,
        started.at,
        render_seconds,
        judge_seconds=time.perf_counter() - begun,
        remarks=tuple(remarks),
        poisoned=error is not None and poisons_device(error),
    )


def store(finished: Finished) -> Committed:
    """Commit a finished render.

    Raises:
        StorageError: when storage does not take it.
    """
    begun = time.perf_counter()
    loaded, rendering, assignment = finished.loaded, finished.rendering, finished.loaded.assignment
    parameters = assignment.row.parameters
    kind, texts = FORMATS[parameters.format], Recipe.of(assignment.row, rendering.trace[-1].phase).texts()
    bare = () if kind.has_room(texts) else (without_recipe(kind),)
    rendering = replace(rendering, remarks=(*loaded.remarks, *rendering.remarks, *finished.remarks, *bare))
    image = encode_image(rendering.to_pil(), kind, parameters.quality, texts)

    def make_record(digest: str) -> bytes:
        store_seconds = time.perf_counter() - begun
        timing = Timing(
            finished.started_at, loaded.seconds, finished.render_seconds, store_seconds, finished.judge_seconds
        )
        maps = {path: sha256(content) for path, content in loaded.maps.items()}
        return record_bytes(assignment, rendering, digest, timing, finished.worker, maps, loaded.files)

    ours = commit(Folder(assignment.out), assignment.row.render_id, image, make_record, loaded.maps, kind.name)
    checkpoints = finished.checkpoints
    if checkpoints is not None:
        checkpoints.remove()
    return Committed(
        seconds=loaded.seconds + finished.render_seconds + finished.judge_seconds + time.perf_counter() - begun,
        ours=ours,
        resumed_phases=int(rendering.metrics["resumed_phases"]),
        remarks=(*finished.before, *(checkpoints.remarks if checkpoints else ()), *rendering.remarks),
    )


def failed(kind: FailureClass, error: Exception) -> Failed:
    message = str(error) or type(error).__name__
    if kind is FailureClass.WORKER:
        message = f"{type(error).__name__}: {message}"
    trace = "".join(traceback.format_exception(error))
    return Failed(kind, one_line(message), redact(trace))

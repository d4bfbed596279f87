"""One attempt in a worker: load a row's inputs, render, commit."""

from __future__ import annotations

import time
import traceback

import torch

from semstyle.engine import InputError, NonFiniteLossError, render
from semstyle.engine.memory import release_freed_memory
from semstyle.farm.attempt import Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.commit import commit
from semstyle.farm.record import Timing, Worker, record_bytes
from semstyle.farm.warm import STYLE_FEATURES, choose_device, device_name, warm_encoder
from semstyle.images import encode_png
from semstyle.manifest.inputs import load_inputs
from semstyle.storage import AllowList, Folder, StorageError, one_line, redact


def attempt(assignment: Assignment, started: Started) -> Committed | Failed:
    """Try once. Every error comes back as an answer, so that the driver learns what a crash would hide."""
    try:
        return produce(assignment, started)
    except (InputError, NonFiniteLossError) as error:
        return failed(FailureClass.INPUT, error)
    except StorageError as error:
        return failed(FailureClass.STORAGE, error)
    except torch.OutOfMemoryError as error:
        return failed(FailureClass.MEMORY, error)
    except Exception as error:
        return failed(FailureClass.WORKER, error)
    finally:
        release_freed_memory()


def produce(assignment: Assignment, started: Started) -> Committed:
    """Load, render and commit.

    Raises:
        InputError: also for inputs that storage will never give.
        StorageError: for inputs only when trying again may help; for the output always.
    """
    row = assignment.row
    begun = time.perf_counter()
    device = choose_device(assignment.demand)
    try:
        inputs = load_inputs(row, AllowList(assignment.allow))
        encoder = warm_encoder(row.parameters, assignment.allow)
    except StorageError as error:
        if error.transient:
            raise
        raise InputError(str(error)) from error
    loaded = time.perf_counter()
    rendering = render(
        **inputs.as_dict(), parameters=row.parameters, encoder=encoder, device=device, style_features=STYLE_FEATURES
    )
    rendered = time.perf_counter()
    image = encode_png(rendering.to_pil())
    worker = Worker(started.node, started.pid, device_name(device))

    def make_record(digest: str) -> bytes:
        timing = Timing(started.at, loaded - begun, rendered - loaded, time.perf_counter() - rendered)
        return record_bytes(assignment, rendering, digest, timing, worker)

    ours = commit(Folder(assignment.out), row.render_id, image, make_record)
    return Committed(time.perf_counter() - begun, ours)


def failed(kind: FailureClass, error: Exception) -> Failed:
    message = str(error) or type(error).__name__
    if kind is FailureClass.WORKER:
        message = f"{type(error).__name__}: {message}"
    trace = "".join(traceback.format_exception(error))
    return Failed(kind, one_line(message), redact(trace))

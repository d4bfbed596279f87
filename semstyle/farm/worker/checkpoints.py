"""Storing renders at the end of a phase in ``checkpoints/``, so that a later attempt goes on there (for workers)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import torch
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load, save

from semstyle import __version__
from semstyle.engine import Checkpoint, Evaluation, Request
from semstyle.engine.inputs.phases import Phase
from semstyle.farm.attempt import Assignment
from semstyle.farm.output.layout import checkpoint_path
from semstyle.storage import Folder, MissingObjectError, StorageError

IMAGE, STATE, DIGEST, MATCHES = "image", "state", "sha256", "matches"


class State(BaseModel):
    """What a checkpoint holds besides its image; see :class:`semstyle.engine.Checkpoint`.

    Attributes:
        key: The key of the render that it is a part of; see :attr:`Checkpoints.key`.
    """

    model_config = ConfigDict(ser_json_inf_nan="constants")

    key: str
    phase: int
    trace: list[Evaluation]
    estimated_seconds: float


class Checkpoints:
    """Finds the checkpoint of one render, stores it anew at the end of each phase, and removes it when all is done.

    Attributes:
        remarks: What did not work. As it costs time at most, no attempt fails for it.
    """

    def __init__(self, assignment: Assignment, request: Request) -> None:
        self._assignment, self._request = assignment, request
        self._folder, self._path = Folder(assignment.out), checkpoint_path(assignment.row.render_id)
        self._is_there = False
        self.remarks: list[str] = []

    @cached_property
    def key(self) -> str:
        """A hash of the inputs, to the last pixel, of the parameters, and of the version of semstyle."""
        digest = hashlib.sha256(f"{__version__} {self._assignment.row.content_id}".encode())
        for tensor in self._request.tensors():
            digest.update(f"{tuple(tensor.shape)}".encode())
            digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()

    def find(self) -> Checkpoint | None:
        """Return what an earlier attempt has left, if any; a checkpoint that does not fit is remarked on and ignored.

        Raises:
            StorageError: when storage does not answer.
        """
        if not self._assignment.may_resume:
            return None
        try:
            content = self._folder.read(self._path)
        except MissingObjectError:
            return None
        self._is_there = True
        try:
            return decode(content, self.key, self._request.phases, self._request.parameters.evaluations)
        except Exception as error:  # whatever is wrong with it, the render begins anew
            self.remarks.append(f"checkpoint ignored: {error if type(error) is ValueError else 'it is damaged'}")
            return None

    def store(self, checkpoint: Checkpoint) -> None:
        """Keep ``checkpoint`` in place of an earlier one, if the render takes long enough to be worth it."""
        after = self._assignment.checkpoint_after
        if after is None or checkpoint.estimated_seconds <= after:
            return
        try:
            self._folder.write(self._path, encode(checkpoint, self.key))
            self._is_there = True
        except StorageError as error:
            self.remarks.append(f"checkpoint not stored: {error}")

    def remove(self) -> None:
        """Remove the checkpoint, if there is one."""
        if self._is_there:
            try:
                self._folder.delete(self._path)
            except StorageError as error:
                self.remarks.append(f"checkpoint not removed: {error}")


def encode(checkpoint: Checkpoint, key: str) -> bytes:
    """Write a safetensors file of the image, the matches if there are any, the state as JSON, and their SHA-256."""
    state = State(
        key=key, phase=checkpoint.phase, trace=checkpoint.trace, estimated_seconds=checkpoint.estimated_seconds
    )
    text = state.model_dump_json().encode()
    tensors = {IMAGE: checkpoint.image.contiguous()}
    if checkpoint.matches is not None:
        tensors[MATCHES] = checkpoint.matches.contiguous()
    return save({**tensors, STATE: as_tensor(text), DIGEST: as_tensor(digest_of(*tensors.values(), text=text))})


def decode(content: bytes, key: str, phases: Sequence[Phase], evaluations: int) -> Checkpoint:
    """Read the checkpoint that :func:`encode` has written.

    Args:
        key, phases, evaluations: Those of the render that is to go on from it.

    Raises:
        ValueError: in words for the user, when it is damaged or belongs to another render.
        Exception: anything, when it is not such a file.
    """
    tensors = load(content)
    image, matches, text = tensors[IMAGE], tensors.get(MATCHES), tensors[STATE].numpy().tobytes()
    kept = [image] if matches is None else [image, matches]
    if tensors[DIGEST].numpy().tobytes() != digest_of(*kept, text=text):
        raise ValueError("it is damaged")
    state = State.model_validate_json(text)
    if state.key != key:
        raise ValueError("it was made from other inputs or parameters, or by another version of semstyle")
    known = {phase.number: (3, *phase.output) for phase in phases[:-1]}
    if image.shape != known.get(state.phase) or not is_whole(state.trace, state.phase, evaluations):
        raise ValueError("it is damaged")
    return Checkpoint(state.phase, image, state.trace, state.estimated_seconds, matches)


def is_whole(trace: Sequence[Evaluation], phases: int, evaluations: int) -> bool:
    """Whether ``trace`` has the rows of so many phases, of at most so many ``evaluations`` each."""
    rows = Counter(row.phase for row in trace)
    places = [(row.phase, row.evaluation) for row in trace]
    each = [(phase, evaluation) for phase in range(1, phases + 1) for evaluation in range(1, rows[phase] + 1)]
    return places == each and all(1 <= rows[phase] <= evaluations for phase in range(1, phases + 1))


def digest_of(*tensors: torch.Tensor, text: bytes) -> bytes:
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors) + text).digest()


def as_tensor(content: bytes) -> torch.Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)

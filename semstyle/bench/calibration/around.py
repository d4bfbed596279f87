"""This module times what is around a render: reading its files, judging it, storing it, making its maps."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from semstyle.bench.calibration.clock import least_seconds, once
from semstyle.bench.calibration.pictures import as_image, picture, semantic_map
from semstyle.bench.calibration.renders import shapes_in
from semstyle.bench.calibration.timed_work import TimedWork
from semstyle.cost.around import judging_work, loading_work, storing_work
from semstyle.cost.quantity import Quantity, Work
from semstyle.cost.shapes import Shapes, shapes_of
from semstyle.engine import Parameters, render_request
from semstyle.engine.inputs.phases import Size
from semstyle.engine.inputs.scene import Scene
from semstyle.evaluate.judged import judged
from semstyle.farm.attempt import Assignment, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker.render_attempt import judge, load, store
from semstyle.manifest import Position, Row
from semstyle.maps.asked import Asked
from semstyle.maps.making import make_maps

FILE_SIZES: tuple[Size, ...] = ((300, 450), (1000, 1500))
OUTPUT_SIZES = (160, 320, 640)
MAP_SIZES: tuple[Size, ...] = ((200, 300), (400, 600))


def samples_around(device: torch.device) -> Iterator[TimedWork]:
    """Yield how long it takes to load the files of renders, to judge images, and to store them."""
    with tempfile.TemporaryDirectory(prefix="semstyle-") as name:
        folder = Path(name)
        for number, size in enumerate(FILE_SIZES):
            yield loading_sample(folder / str(number), size, device)
        row = written_row(folder / "judged", FILE_SIZES[0])
        for side in OUTPUT_SIZES:
            parameters = Parameters(method="color", size=side)
            yield from samples_after(assigned(replace(row, parameters=parameters), folder, device), device)


def samples_after(assignment: Assignment, device: torch.device) -> Iterator[TimedWork]:
    """Yield how long it takes to judge and to store a render."""
    loaded = load(assignment)
    request = loaded.request
    rendering = render_request(request, encoder=loaded.encoder, device=device)
    shapes, phases = shapes_in(request), Scene(request, torch.device("cpu")).phases
    yield TimedWork(judging_work(phases, shapes), least_seconds(lambda: judged(request, rendering, device), device, 2))
    unjudged = replace(loaded, assignment=replace(assignment, judge=False))
    started = Started("", os.getpid(), time.time())
    numbers = iter(range(100))

    def store_one() -> None:
        row = replace(assignment.row, render_id=f"{phases[-1].output[1]}-{next(numbers)}")
        one = replace(unjudged, assignment=replace(unjudged.assignment, row=row))
        store(judge(one, rendering, 0.0, started))

    yield TimedWork(storing_work(phases), least_seconds(store_one, device, 3))


def loading_sample(folder: Path, size: Size, device: torch.device) -> TimedWork:
    """Time the loading of files that were just written, each once, and take the shortest."""
    rows = [written_row(folder.with_name(f"{folder.name}-{repeat}"), size) for repeat in range(3)]
    loads = [partial(load, assigned(row, folder, device)) for row in rows]
    return TimedWork(loading_work(shapes_of(rows[0], lambda uri: size)), min(once(one, device) for one in loads))


def map_samples() -> Iterator[TimedWork]:
    """Yield how long it takes to make maps of labels that are clusters."""
    yield from map(map_sample, MAP_SIZES)


def map_sample(size: Size) -> TimedWork:
    style, content = picture(size, 1), picture(size, 2)
    seconds = once(lambda: make_maps([style], content, Asked()), torch.device("cpu"))
    work = loading_work(Shapes((size,), size, size, has_maps=True, made_maps=True))
    kept = (Quantity.MADE_MAP, Quantity.MADE_MAP_PIXEL)
    return TimedWork(Work({quantity: work[quantity] for quantity in kept}), seconds)


def written_row(folder: Path, size: Size) -> Row:
    """Write pictures and maps of ``size``; returns a row that names them."""
    folder.mkdir()
    for number, name in enumerate(("style", "content")):
        as_image(picture(size, number)).save(folder / f"{name}.jpg", quality=90)
        as_image(semantic_map(size)).save(folder / f"{name}_map.png")
    style, content, style_map, target_map = (
        str(folder / name) for name in ("style.jpg", "content.jpg", "style_map.png", "content_map.png")
    )
    return Row((style,), (style_map,), target_map, content, Parameters(), {}, folder.name, Position("", 1))


def assigned(row: Row, folder: Path, device: torch.device) -> Assignment:
    return Assignment(row, str(folder / "out"), "calibration", Demand(float(device.type != "cpu"), 1.0))

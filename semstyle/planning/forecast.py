"""What a manifest is expected to take."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from semstyle.cost.rates import DeviceKind


class PlannedRow(BaseModel):
    """What one row is expected to take.

    Attributes:
        file, row: Where it stands.
        seconds: How long a worker is busy with it.
        memory: The most bytes that it holds, of the machine's memory or of a GPU's.
        money: What its share of a node or GPU costs meanwhile; None without a price.
        fits: Whether there is a node or a GPU with so much memory; None when nobody knows.
    """

    file: str
    row: int
    render_id: str
    method: str
    encoder: str | None
    size: int
    seconds: float
    memory: float
    money: float | None = None
    fits: bool | None = None


class PlannedGroup(BaseModel):
    """What the rows of one method, encoder and size are expected to take.

    Attributes:
        memory: Of the one that takes most.
    """

    method: str
    encoder: str | None
    size: int
    rows: int = 0
    seconds: float = 0.0
    memory: float = 0.0


class Forecast(BaseModel):
    """What a manifest is expected to take; money and ``price_per_hour`` are in whatever the price was given in.

    Attributes:
        rows: Rows that are planned; of these ``invalid`` cannot be rendered, ``duplicates`` are renders of other rows.
        unknown_images: Images whose size could not be read; they are taken for photographs.
        rates: Whose rates it goes by: measured or built in, when and on what.
        seconds: What workers are busy for, in all.
        memory: The most bytes that a render holds.
        places: Renders at once.
        wall_seconds: From the start of the run to its end.
        recommended_gpus_per_render: What suits the memory, on GPUs; None on CPUs and when nobody knows it.
        recommended_cpus_per_render: The same on CPUs.
        priced: What a price is of.
        unfit: Rows that fit no node or GPU; ``unfit_rows`` has the first of them.
        crowded: Rows that fit only while not all places are busy.
    """

    manifest: str
    rows: int = 0
    invalid: int = 0
    duplicates: int = 0
    renders: int = 0
    unknown_images: int = 0
    device: DeviceKind
    rates: str
    measured: bool
    seconds: float = 0.0
    load_seconds: float = 0.0
    render_seconds: float = 0.0
    judge_seconds: float = 0.0
    store_seconds: float = 0.0
    memory: float = 0.0
    nodes: int
    cpus: float
    gpus: float
    gpus_per_render: float
    cpus_per_render: float
    places: int
    wall_seconds: float = 0.0
    recommended_gpus_per_render: float | None = None
    recommended_cpus_per_render: float | None = None
    price_per_hour: float | None = None
    priced: Literal["GPU", "node"]
    money: float | None = None
    unfit: int = 0
    unfit_rows: list[PlannedRow] = []
    crowded: int = 0
    groups: list[PlannedGroup] = []

"""How long each quantity of work takes on a machine, and the memory that renders take there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from semstyle.cost.quantity import Quantity, Work
from semstyle.engine.layers import LAYERS
from semstyle.engine.named_encoders import ENCODERS, VGG19

DeviceKind = Literal["cpu", "cuda"]


class EncoderRates(BaseModel):
    """What an encoder costs.

    Attributes:
        widths: Channels of each of its blocks.
        pixel_seconds: Deepest layer → seconds for a pixel of the image, there and back, without the losses.
        evaluation_seconds: Seconds of an evaluation however small its image, without the losses.
    """

    model_config = ConfigDict(frozen=True)

    widths: tuple[int, ...]
    pixel_seconds: dict[str, float]
    evaluation_seconds: float = Field(ge=0)

    def seconds(self, pixels: float, deepest: str) -> float:
        """Return the seconds of one evaluation of so many pixels, up to the layer ``deepest`` and back."""
        return self.evaluation_seconds + pixels * self.pixel_seconds[deepest]


class MemoryRates(BaseModel):
    """The memory of a process that renders, in bytes.

    Attributes:
        base: What it takes with all libraries loaded; on a GPU, what its context takes there.
        element: For each element of features of the image that are kept for the way back, at all layers.
        pixel: For each pixel of the image: the optimiser's history.
        style_element: For each element of the styles' features at the layers in use.
    """

    model_config = ConfigDict(frozen=True)

    base: float = Field(gt=0)
    element: float = Field(ge=0)
    pixel: float = Field(ge=0)
    style_element: float = Field(ge=0)


class CostRates(BaseModel):
    """What work costs on one kind of device.

    Attributes:
        source: ``measured`` by ``semstyle bench calibrate``, or ``built-in`` when nobody has.
        machine: What was measured, in words.
        device_memory: Bytes of the memory that renders have there: the machine's, or the GPU's.
        start_seconds: From a worker's start to its first render: imports, compiled code, weights.
        run_seconds: Of a run before its first worker starts, and after its last: Ray, tables, pages.
        parallel: The share of a render's time that a second thread halves.
    """

    model_config = ConfigDict(frozen=True)

    device: DeviceKind
    source: Literal["measured", "built-in"]
    machine: str
    measured_at: datetime | None = None
    semstyle_version: str = ""
    device_memory: float | None = None
    start_seconds: float = Field(ge=0)
    run_seconds: float = Field(ge=0)
    parallel: float = Field(ge=0, le=1)
    seconds: dict[Quantity, float]
    encoders: dict[str, EncoderRates]
    memory: MemoryRates

    def of(self, work: Work) -> float:
        """Return the seconds that ``work`` takes."""
        return sum(self.seconds.get(quantity, 0.0) * amount for quantity, amount in work.items())

    def encoder(self, name: str) -> EncoderRates:
        """Return the rates of an encoder; a file of weights is taken for the largest, VGG-19."""
        return self.encoders.get(name) or self.encoders[VGG19.name]

    @property
    def words(self) -> str:
        """Say whose rates these are, such as ``measured on 2026-01-31 (cpu of 2 cores)``."""
        when = f" on {self.measured_at:%Y-%m-%d}" if self.measured_at else ""
        return f"{self.source}{when} ({self.machine})"


def is_whole(rates: CostRates) -> bool:
    """Whether rates have all quantities and all named encoders that this version counts in."""
    return set(rates.seconds) == set(Quantity) and all(
        name in rates.encoders and set(rates.encoders[name].pixel_seconds) == set(LAYERS) for name in ENCODERS
    )

"""Going through a manifest as a run would, and adding up what its rows are expected to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from semstyle.cost import CostRates, Estimate, Estimator, ImageSizes, rates_for, shapes_of
from semstyle.farm.demand import Demand, choose_demand
from semstyle.farm.errors import FarmError
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import LOOK_AHEAD, Tally, pending
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import BadRow, Row
from semstyle.manifest.choice import Choice, parse_where
from semstyle.planning.forecast import Forecast, PlannedGroup, PlannedRow
from semstyle.planning.machines import Machines, machines_at
from semstyle.planning.packing import recommended_cpus, recommended_gpus, room_beside_others, room_for_one
from semstyle.planning.timetable import Timetable
from semstyle.storage import AllowList, redact, resolve

MOST_NAMED = 50
HOUR = 3600.0
MOST_GROUPS = 1000
"""Of more combinations of method, encoder and size the last ones are added up as one."""
OTHERS = ("others", None, 0)

Listen = Callable[[PlannedRow], None]


class PlanOptions(BaseModel):
    """What a plan is about. The descriptions are the command's help."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str | None = Field(
        default=None, description="Ray cluster: auto or HOST:PORT; by default RAY_ADDRESS, else this machine."
    )
    gpus_per_render: float | None = Field(
        default=None, ge=0, le=64, description="As of `run`: 1 if there are GPUs; 0 plans for CPUs."
    )
    cpus_per_render: float | None = Field(
        default=None, gt=0, le=1024, description="As of `run`: by default what suits the machines."
    )
    price_per_hour: float | None = Field(
        default=None, ge=0, description="What an hour costs: of a GPU where renders get one, else of a node."
    )
    where: str | None = Field(default=None, description="As of `run`: only rows that meet this condition.")
    sample: int | None = Field(default=None, ge=1, description="As of `run`: only so many rows.")
    limit: int | None = Field(default=None, ge=1, description="As of `run`: only the first rows.")
    allow_uri: tuple[str, ...] = Field(default=(), description="Prefix that images must come from to be looked at.")
    headers: bool = Field(
        default=True, description="Read the sizes of images from their headers; without, they count as photographs."
    )
    rates: Path | None = Field(
        default=None, description="Folder of calibrated rates; by default $SEMSTYLE_RATES, else in the user's cache."
    )

    @field_validator("where")
    @classmethod
    def is_understood(cls, text: str | None) -> str | None:
        """Raise ValueError for a condition that cannot be read."""
        if text is not None:
            parse_where(text)
        return text


def foresee_manifest(manifest_uri: str, options: PlanOptions | None = None, listen: Listen | None = None) -> Forecast:
    """Plan a manifest without starting anything; rows are streamed, so that memory does not grow with their number.

    Args:
        listen: Called with each row that can be rendered, in the order in which a run would begin them.

    Raises:
        SemstyleError: when the manifest cannot be read, or there is no cluster at the address.
    """
    options = options or PlanOptions()
    machines = machines_at(options.address)
    manifest_uri = resolve(manifest_uri, str(Path.cwd()))
    source = ManifestSource(manifest_uri, choice=Choice(options.where, options.sample))
    tally = Tally(rows=source.count(), limit=options.limit)
    demand = demand_on(machines, min(tally.rows, options.limit or tally.rows), options)
    rates = rates_for("cuda" if demand.gpus > 0 else "cpu", options.rates)
    sizes = ImageSizes(AllowList(options.allow_uri), **({} if options.headers else {"seconds": 0.0}))
    foresight = Foresight(redact(manifest_uri), machines, demand, rates, options.price_per_hour, listen)
    with closing(sizes):
        for chunk in chunks(pending(source.rows(), Ledger(), tally, False)):
            good = [row for row in chunk if isinstance(row, Row)]
            sizes.look(good)
            foresight.forecast.invalid += len(chunk) - len(good)
            for row in chunk:
                tally.workload.drop(row.render_id)  # else what no run finishes would be remembered
            for row in good:
                foresight.add(row, foresight.estimator.estimate(row.parameters, shapes_of(row, sizes.of)))
        return foresight.finished(tally, len(sizes.unknown) if options.headers else 0)


def chunks(rows: Iterator[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    while chunk := list(islice(rows, LOOK_AHEAD)):
        yield chunk


def demand_on(machines: Machines, renders: int, options: PlanOptions) -> Demand:
    """Return what each render would ask for, as a run chooses it.

    Raises:
        FarmError: when no node can give that.
    """
    demand = choose_demand(machines.nodes, renders, options.gpus_per_render, options.cpus_per_render)
    if not any(demand.places(node) for node in machines.nodes):
        raise FarmError(
            f"no node can give a render {demand}; choose --gpus-per-render and --cpus-per-render to fit a node, or "
            "plan for the cluster with --address"
        )
    return demand


class Foresight:
    """Adds up what rows take.

    Args:
        price: Of an hour of a node, or of a GPU when renders get one.
    """

    def __init__(
        self,
        manifest: str,
        machines: Machines,
        demand: Demand,
        rates: CostRates,
        price: float | None,
        listen: Listen | None = None,
    ) -> None:
        self.machines, self.demand, self.rates = machines, demand, rates
        self.estimator = Estimator(rates)
        self._listen = listen
        self._places = sum(demand.places(node) for node in machines.nodes)
        self._timetable = Timetable(self._places, rates.start_seconds)
        self._groups: dict[tuple[str, str | None, int], PlannedGroup] = {}
        self._room = room_for_one(demand, machines.largest_memory, machines.gpu_memory)
        self._shared_room = self._least_room()
        self.forecast = Forecast(
            manifest=manifest,
            device=rates.device,
            rates=rates.words,
            measured=rates.source == "measured",
            nodes=len(machines.nodes),
            cpus=machines.cpus,
            gpus=machines.gpus,
            gpus_per_render=demand.gpus,
            cpus_per_render=demand.cpus,
            places=self._places,
            price_per_hour=price,
            priced="GPU" if demand.gpus > 0 else "node",
        )

    def add(self, row: Row, estimate: Estimate) -> None:
        """Plan one more render, after those before it."""
        parameters = row.parameters
        encoder = parameters.encoder if parameters.traits.needs_encoder else None
        seconds = self.busy_seconds(estimate)
        planned = PlannedRow(
            file=redact(row.position.file),
            row=row.position.row,
            render_id=row.render_id,
            method=parameters.method,
            encoder=None if encoder is None else redact(encoder),
            size=parameters.size,
            seconds=round(seconds, 3),
            memory=round(estimate.memory),
            money=self.money_of(seconds),
            fits=None if self._room is None else estimate.memory <= self._room,
        )
        self._timetable.add(seconds)
        self._note(planned, estimate)
        if self._listen is not None:
            self._listen(planned)

    def busy_seconds(self, estimate: Estimate) -> float:
        """Return how long a render keeps its place: more threads shorten it, a share of a GPU makes it longer."""
        if self.demand.gpus > 0:
            # Renders that share a GPU are not taken to be any faster together than one after the other.
            return estimate.seconds / min(1.0, self.demand.gpus)
        alone = 1 - self.rates.parallel
        return estimate.seconds * (alone + self.rates.parallel / self.demand.threads)

    def money_of(self, seconds: float) -> float | None:
        """Return what the place of a render costs for so long."""
        price = self.forecast.price_per_hour
        return None if price is None else price * seconds / HOUR * self._units / self._places

    def finished(self, tally: Tally, unknown_images: int) -> Forecast:
        """Return the forecast, once all rows were added."""
        forecast = self.forecast
        forecast.rows = tally.rows if tally.limit is None else min(tally.rows, tally.limit)
        forecast.duplicates, forecast.unknown_images = tally.duplicates, unknown_images
        forecast.groups = sorted(self._groups.values(), key=lambda group: -group.seconds)
        forecast.wall_seconds = self._timetable.seconds + self.rates.run_seconds if forecast.renders else 0.0
        if forecast.price_per_hour is not None:
            forecast.money = forecast.price_per_hour * forecast.wall_seconds / HOUR * self._units
        if forecast.device == "cuda":
            forecast.recommended_gpus_per_render = recommended_gpus(forecast.memory, self.machines.gpu_memory)
        elif forecast.memory:
            needed = [recommended_cpus(forecast.memory, node) for node in self.machines.nodes]
            forecast.recommended_cpus_per_render = max((cpus for cpus in needed if cpus is not None), default=None)
        return forecast

    @property
    def _units(self) -> float:
        """How many nodes or GPUs are paid for."""
        return self.machines.gpus if self.demand.gpus > 0 else float(len(self.machines.nodes))

    def _least_room(self) -> float | None:
        rooms = [room_beside_others(self.demand, node, self.machines.gpu_memory) for node in self.machines.nodes]
        known: Sequence[float] = [room for room in rooms if room is not None]
        return min(known, default=None)

    def _note(self, planned: PlannedRow, estimate: Estimate) -> None:
        forecast = self.forecast
        forecast.renders += 1
        forecast.seconds += planned.seconds
        forecast.memory = max(forecast.memory, planned.memory)
        share = planned.seconds / estimate.seconds if estimate.seconds else 0.0
        forecast.load_seconds += share * estimate.load
        forecast.render_seconds += share * estimate.render
        forecast.judge_seconds += share * estimate.judge
        forecast.store_seconds += share * estimate.store
        if planned.fits is False:
            forecast.unfit += 1
            forecast.unfit_rows += [planned] if len(forecast.unfit_rows) < MOST_NAMED else []
        elif self._shared_room is not None and planned.memory > self._shared_room:
            forecast.crowded += 1
        key = (planned.method, planned.encoder, planned.size)
        if key not in self._groups and len(self._groups) >= MOST_GROUPS:
            key = OTHERS
        group = self._groups.setdefault(key, PlannedGroup(method=key[0], encoder=key[1], size=key[2]))
        group.rows += 1
        group.seconds += planned.seconds
        group.memory = max(group.memory, planned.memory)

"""What a manifest will take, beside what is worked out row by row."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.cost import Estimator, ImageSizes, rates_for, shapes_of
from semstyle.cost.built_in_rates import built_in
from semstyle.cost.rates_file import store_rates
from semstyle.farm.errors import FarmError
from semstyle.farm.rows import plan
from semstyle.manifest import Row, read_rows
from semstyle.planning import Forecast, PlannedRow, PlanOptions, foresee_manifest, foresight
from semstyle.planning.machines import Machines, this_machine

GIBIBYTE = 2**30
TWO_NODES = Machines([{"CPU": 2.0, "memory": 4.0 * GIBIBYTE}, {"CPU": 1.0, "memory": 4.0 * GIBIBYTE}])
GPU_NODE = Machines([{"CPU": 16.0, "GPU": 2.0, "memory": 100.0 * GIBIBYTE}], gpu_memory=8.0 * GIBIBYTE)


@pytest.fixture
def options(tmp_path: Path) -> PlanOptions:
    """Options by rates that somebody has measured."""
    store_rates(built_in("cpu").model_copy(update={"source": "measured"}), tmp_path / "rates")
    return PlanOptions(rates=tmp_path / "rates")


@pytest.fixture(autouse=True)
def machines(monkeypatch: pytest.MonkeyPatch) -> Machines:
    monkeypatch.setattr(foresight, "machines_at", lambda address: TWO_NODES)
    return TWO_NODES


def manifest(folder: Path, *rows: dict[str, object]) -> str:
    Image.new("RGB", (300, 200)).save(folder / "style.png")
    path = folder / "m.parquet"
    columns = {name: [{"style": "style.png", **row}.get(name) for row in rows] for name in ("style", *names(rows))}
    pq.write_table(pa.table(columns), path)
    return str(path)


def names(rows: tuple[dict[str, object], ...]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row if name != "style"))


def test_it_adds_up_what_rows_take_by_the_sizes_in_their_headers(options: PlanOptions, tmp_path: Path) -> None:
    uri = manifest(
        tmp_path, *({"size": size, "method": method} for size in (64, 256) for method in ("patch", "analogy"))
    )
    heard: list[PlannedRow] = []
    forecast = foresee_manifest(uri, options, heard.append)
    estimator, sizes = Estimator(rates_for("cpu", options.rates)), ImageSizes()
    rows = [row for row in read_rows(uri) if isinstance(row, Row)]
    sizes.look(rows)
    assert sizes.of(rows[0].styles[0]) == (200, 300)
    estimates = [estimator.estimate(row.parameters, shapes_of(row, sizes.of)) for row in rows]
    sizes.close()
    assert forecast.seconds == pytest.approx(sum(one.seconds for one in estimates), abs=0.01)
    assert forecast.memory == pytest.approx(max(one.memory for one in estimates), rel=1e-6)
    assert {row.render_id: row.seconds for row in heard} == pytest.approx(
        {row.render_id: one.seconds for row, one in zip(rows, estimates, strict=True)}, abs=0.001
    )
    parts = forecast.load_seconds + forecast.render_seconds + forecast.judge_seconds + forecast.store_seconds
    assert parts == pytest.approx(forecast.seconds, abs=0.01)
    assert sum(group.seconds for group in forecast.groups) == pytest.approx(forecast.seconds)
    assert {(group.method, group.size, group.rows) for group in forecast.groups} == {
        (method, size, 1) for method in ("patch", "analogy") for size in (64, 256)
    }
    assert heard[0].seconds == max(row.seconds for row in heard), "long ones first, as in a run"
    assert forecast.measured and forecast.unknown_images == 0


def test_wall_time_is_that_of_the_places_and_never_less_than_the_longest(options: PlanOptions, tmp_path: Path) -> None:
    rates = rates_for("cpu", options.rates)
    around = rates.start_seconds + rates.run_seconds
    one = foresee_manifest(manifest(tmp_path, {"size": 256}), options)
    assert one.places == 1 and one.cpus_per_render == 2, "one render has all CPUs of the larger node"
    assert one.wall_seconds == pytest.approx(around + one.seconds, abs=0.01)
    six = foresee_manifest(manifest(tmp_path, *({"size": 256, "seed": seed} for seed in range(6))), options)
    assert six.places == 3 and six.wall_seconds == pytest.approx(around + six.seconds / 3, abs=0.01)
    mixed = foresee_manifest(
        manifest(tmp_path, *({"size": 64, "seed": seed} for seed in range(3)), {"size": 1024}), options
    )
    longest = max(group.seconds for group in mixed.groups)
    assert mixed.wall_seconds == pytest.approx(around + longest, abs=0.01)


def test_money_is_what_the_user_says_an_hour_costs(options: PlanOptions, tmp_path: Path) -> None:
    uri = manifest(tmp_path, *({"size": 256, "seed": seed} for seed in range(6)))
    assert foresee_manifest(uri, options).money is None
    heard: list[PlannedRow] = []
    forecast = foresee_manifest(uri, options.model_copy(update={"price_per_hour": 3.6}), heard.append)
    assert forecast.priced == "node"
    assert forecast.money == pytest.approx(0.001 * 2 * forecast.wall_seconds)
    # Two nodes have three places: each costs two thirds of a node.
    assert heard[0].money == pytest.approx(0.001 * heard[0].seconds * 2 / 3, rel=1e-2)


def test_rows_that_fit_nowhere_are_named_with_their_place(options: PlanOptions, tmp_path: Path) -> None:
    uri = manifest(tmp_path, {"size": 64}, {"size": 8192}, {"size": 128}, {"size": 4096})
    forecast = foresee_manifest(uri, options)
    assert forecast.unfit == 2
    assert {(row.row, row.size, row.fits) for row in forecast.unfit_rows} == {(2, 8192, False), (4, 4096, False)}
    assert all(row.file == uri for row in forecast.unfit_rows)


def test_rows_that_fit_only_alone_are_counted_and_more_cpus_advised(options: PlanOptions, tmp_path: Path) -> None:
    rows = ({"size": 1200, "seed": seed} for seed in range(6))
    forecast = foresee_manifest(manifest(tmp_path, *rows), options.model_copy(update={"cpus_per_render": 1.0}))
    assert forecast.memory * 2 > 0.9 * 4 * GIBIBYTE > forecast.memory
    assert (forecast.unfit, forecast.crowded, forecast.recommended_cpus_per_render) == (0, 6, 2)


def test_on_gpus_it_goes_by_their_rates_and_memory(options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "machines_at", lambda address: GPU_NODE)
    uri = manifest(tmp_path, *({"size": 512, "seed": seed} for seed in range(4)))
    whole = foresee_manifest(uri, options.model_copy(update={"price_per_hour": 1.0}))
    assert (whole.device, whole.places, whole.priced, whole.measured) == ("cuda", 2, "GPU", False)
    assert whole.memory * 8 <= 0.9 * 8 * GIBIBYTE < whole.memory * 10
    assert whole.recommended_gpus_per_render == 0.125
    assert whole.money == pytest.approx(2 * whole.wall_seconds / 3600)
    shared = foresee_manifest(uri, options.model_copy(update={"gpus_per_render": 0.5}))
    assert shared.places == 4 and shared.seconds == pytest.approx(2 * whole.seconds, rel=1e-3)
    on_cpus = foresee_manifest(uri, options.model_copy(update={"gpus_per_render": 0.0}))
    assert (on_cpus.device, on_cpus.recommended_gpus_per_render) == ("cpu", None)


def test_what_no_node_can_give_is_an_error(options: PlanOptions, tmp_path: Path) -> None:
    with pytest.raises(FarmError, match="no node can give a render 1 GPU"):
        foresee_manifest(manifest(tmp_path, {}), options.model_copy(update={"gpus_per_render": 1.0}))


def test_bad_and_repeated_rows_cost_nothing_and_choices_are_those_of_a_run(options, tmp_path: Path) -> None:
    uri = manifest(tmp_path, {"size": 64}, {"size": 64}, {"size": 1}, {"size": 128}, {"size": 32, "style": "gone.png"})
    forecast = foresee_manifest(uri, options)
    assert (forecast.rows, forecast.renders, forecast.duplicates, forecast.invalid) == (5, 3, 1, 1)
    assert forecast.unknown_images == 1
    assert foresee_manifest(uri, options.model_copy(update={"where": "size = 128"})).renders == 1
    assert foresee_manifest(uri, options.model_copy(update={"limit": 2})).rows == 2
    unread = foresee_manifest(uri, options.model_copy(update={"headers": False}))
    assert unread.unknown_images == 0 and unread.renders == 3


def test_memory_does_not_grow_with_the_rows(options, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (foresight, plan):
        monkeypatch.setattr(module, "LOOK_AHEAD", 50)

    def most(rows: int) -> int:
        uri = manifest(tmp_path, *({"size": 64, "seed": seed, "render_id": f"{seed:08}"} for seed in range(rows)))
        tracemalloc.start()
        foresee_manifest(uri, options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    few, many = most(200), most(1000)
    # What a run remembers of each row's id, and nothing else; rows themselves take more than a kilobyte each.
    assert (many - few) / 800 < 500


def test_this_machine_has_cpus_and_memory() -> None:
    (node,) = this_machine().nodes
    assert node["CPU"] >= 1 and node["memory"] > 2**28


def test_a_forecast_is_json(options: PlanOptions, tmp_path: Path) -> None:
    forecast = foresee_manifest(manifest(tmp_path, {"size": 64}), options)
    assert Forecast.model_validate_json(forecast.model_dump_json()) == forecast

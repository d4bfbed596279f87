"""A Ray of two nodes, a store of its own, the images of an undisturbed run, and the table at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import events
import machines
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray
import troubles
from seaweedfs import Seaweedfs
from verdict import ROWS, Survivals

from semstyle.farm import RunOptions, RunSummary, run_manifest
from semstyle.farm.monitor.event_log import logged_to
from semstyle.manifest.schema import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 20}
SURVIVALS = pytest.StashKey[Survivals]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SURVIVALS] = Survivals()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    survivals = config.stash[SURVIVALS]
    if survivals.lines:
        terminalreporter.section("faults injected and survived")
        for line in survivals.table():
            terminalreporter.line(line)


@pytest.fixture
def survivals(request: pytest.FixtureRequest) -> Survivals:
    return request.config.stash[SURVIVALS]


def written(folder: Path, pictures: Path, tags: dict[str, str], more: list[str]) -> str:
    """A manifest of ``ROWS`` and of ``more`` rows; ``tags`` gives rows their trouble."""
    inputs = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
    rows = [
        {**inputs, **SMALL, "seed": seed, "render_id": name, "tags": {"trouble": tags.get(name, "")}}
        for seed, name in enumerate([*ROWS, *more])
    ]
    path = folder / "manifest.parquet"
    pq.write_table(pa.Table.from_pylist(rows, written_schema(set(rows[0]))), path)
    return str(path)


@pytest.fixture
def manifest(tmp_path: Path, pictures: Path) -> Callable[..., str]:
    def make(tags: dict[str, str] | None = None, more: list[str] | None = None) -> str:
        return written(tmp_path, pictures, tags or {}, more or [])

    return make


@pytest.fixture(scope="module")  # other folders' tests start a Ray of their own in this process
def started() -> Iterator[machines.Machines]:
    ray.cloudpickle.register_pickle_by_value(troubles)
    cluster = machines.Machines()
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    yield cluster
    ray.shutdown()
    cluster.close()


@pytest.fixture
def cluster(started: machines.Machines) -> machines.Machines:
    """Two nodes, which runs in this process join."""
    started.complete()
    return started


@pytest.fixture(scope="module")
def undisturbed(
    started: machines.Machines, pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Render id → image of a run in which nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed")
    summary = run_manifest(
        written(folder, pictures, {}, []), str(folder / "out"), RunOptions(cpus_per_render=1, aggregate=False)
    )
    assert summary.exit_code == 0 and summary.status.retries == 0
    return {name: (folder / "out" / "images" / f"{name}.png").read_bytes() for name in ROWS}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweedfs]:
    """An S3 server that tests may stop, if they start it again."""
    server = Seaweedfs(tmp_path_factory.mktemp("store"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def log(tmp_path: Path) -> events.Events:
    return events.Events(tmp_path / "events.log")


Run = Callable[..., RunSummary]


@pytest.fixture
def run(log: events.Events) -> Run:
    """``run_manifest`` with a log of its events, while ``meanwhile`` is at work in another thread."""

    def run_logged(
        path: str, out: str, perform: troubles.Perform, meanwhile: Callable[[], None], **options: Any
    ) -> RunSummary:
        with logged_to(str(log.path)), at_the_same_time(meanwhile):
            return run_manifest(path, out, RunOptions(cpus_per_render=1, **options), perform=perform)

    return run_logged


@contextmanager
def at_the_same_time(work: Callable[[], None]) -> Iterator[None]:
    """Do ``work`` in another thread; what it raises is raised at the end."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if errors:
        raise errors[0]

"""Runs whose reports the browser tests look at."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from finished_run import finished, write_run
from large_run import write_large_run
from report_data import read_data

from semstyle.report.data.script import data_script
from semstyle.report.index import index_html
from semstyle.report.page import write_report

SMALL = 60


def index_of(out: Path) -> Path:
    return out / "report" / "index.html"


def write_small(out: Path, **options: bool) -> Path:
    """A run of 60 renders with failures, and its report; returns the page."""
    write_large_run(out, SMALL, **options)
    write_report(str(out))
    return index_of(out)


def write_paper(out: Path) -> Path:
    """A run that the paper's claims are judged on, with images of one colour each, and its report."""
    rows = []
    for role, gammas in (("with maps", (0.0, 50.0, 250.0)), ("original algorithm", (0.0,))):
        for gamma in gammas:
            tags = {"paper": "portrait", "role": role}
            metrics = {"semantic_leak": 0.6 - gamma / 500, "style_distance": 0.5, "style_wasserstein": 0.5}
            names = {"semantic_weight": gamma, "method": "semantic" if role == "with maps" else "patch"}
            rows.append(finished(f"row{len(rows)}", tags, metrics, style_weight=25.0, **names))
    write_run(out, rows)
    write_report(str(out))
    return index_of(out)


def write_many(out: Path, small: Path, count: int) -> Path:
    """The report of ``small`` with its renders again and again under other names, until there are ``count``."""
    run, page = read_data(small.parents[1], "run"), read_data(small.parents[1], "renders-00000")
    data = out / "report" / "data"
    data.mkdir(parents=True)
    (out / "images").symlink_to(small.parents[1] / "images")
    images = [f"../images/{render_id}.png" for render_id in page["ids"]]

    def again(values: list[Any], start: int, end: int) -> list[Any]:
        return [values[number % SMALL] for number in range(start, end)]

    pages = []
    for start in range(0, count, 1000):
        end = min(count, start + 1000)
        content = {
            **{name: again(page[name], start, end) for name in ("height", "width")},
            "ids": [f"render{number:06}" for number in range(start, end)],
            "columns": {name: again(values, start, end) for name, values in page["columns"].items()},
            "images": again(images, start, end),
            "thumbnails": [0] * (end - start),
            "columns_digest": page["columns_digest"],
        }
        content["columns"]["seed"] = list(range(start, end))
        file = f"renders-{start // 1000:05}.js"
        (data / file).write_bytes(data_script("renders", start // 1000, content))
        pages.append({"file": file, "count": end - start, "digest": "1"})
    columns = [column for column in run["columns"] if column["name"] != "seed"]
    seed = {"name": "seed", "group": "parameter", "title": "seed", "kind": "number"}
    run |= {"pages": pages, "columns": [*columns, seed], "counts": run["counts"] | {"renders": count}}
    (data / "run.js").write_bytes(data_script("run", run))
    index_of(out).write_bytes(index_html(run))
    return index_of(out)

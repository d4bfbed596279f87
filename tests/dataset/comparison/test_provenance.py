"""What tells two nights apart by cause: every column of a record that says how it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nights import record, write_night

from semstyle.dataset.comparison.night import read_night
from semstyle.dataset.comparison.provenance import PROVENANCE, CountedFacts, OriginChange, origin_changes, tells
from semstyle.farm.output.job import Job


def origins(*facts: dict[str, Any]) -> CountedFacts:
    made = CountedFacts()
    for fact in facts:
        made.update(fact)
    return made


def test_versions_devices_and_jobs_are_compared(tmp_path: Path) -> None:
    write_night(tmp_path / "before", [record("one"), record("two", device="gpu")])
    write_night(tmp_path / "after", [record("one", semstyle_version="0.2.0"), record("two", semstyle_version="0.2.0")])
    job = Job(manifest="m.parquet", manifest_digest="1", options={"batch": 4})
    (tmp_path / "after" / "job.json").write_text(job.model_dump_json())
    found = origin_changes(*(read_night(str(tmp_path / name)).origins for name in ("before", "after")))
    assert {one.name: (one.before, one.after) for one in found} == {
        "device": (["cpu", "gpu"], ["cpu"]),
        "semstyle_version": (["0.1.0"], ["0.2.0"]),
        "job.manifest_digest": (["0"], ["1"]),
        "job.options.batch": ([], ["4"]),
    }


def test_columns_that_are_added_later_are_among_them() -> None:
    text, nested = pa.string(), pa.struct([("torch", pa.string())])
    added = [pa.field("driver", text), pa.field("libraries", nested), pa.field("exact", pa.bool_())]
    assert all(map(tells, added)) and not tells(pa.field("memory", pa.float64()))
    assert {"device", "semstyle_version"} <= set(PROVENANCE)
    assert not {"render_id", "style", "seed", "tags", "image", "metrics", "node", "attempts"} & set(PROVENANCE)


def test_of_all_digests_only_that_of_the_weights_says_how_a_night_was_made() -> None:
    assert {name for name in PROVENANCE if name.endswith("_sha256")} == {"encoder_sha256"}


def test_what_is_nested_is_compared_part_by_part() -> None:
    before = origins({"libraries": {"torch": "2.14", "ray": "2.60"}, "weights": [("vgg19", "ab"), ("compact", "cd")]})
    after = origins({"libraries": {"torch": "2.15", "ray": "2.60"}, "weights": [("vgg19", "ef"), ("compact", "cd")]})
    assert origin_changes(before, after) == [
        OriginChange(name="libraries.torch", before=["2.14"], after=["2.15"]),
        OriginChange(name="weights.vgg19", before=["ab"], after=["ef"]),
    ]


def test_how_often_a_value_occurs_is_no_difference() -> None:
    before, after = (
        origins({"device": "a"}, {"device": "b"}),
        origins({"device": "b"}, {"device": "b"}, {"device": "a"}),
    )
    assert origin_changes(before, after) == []


@pytest.mark.parametrize("text", ["\x1b[2Jcpu", "https://user:5up3r@host/cpu", "a\nb"])
def test_a_strangers_text_is_one_line_without_secrets(text: str) -> None:
    (found,) = origin_changes(origins(), origins({text: text}))
    for told in (found.name, *found.after):
        assert "\x1b" not in told and "5up3r" not in told and "\n" not in told

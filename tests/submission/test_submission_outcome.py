"""The exit code of a job is read from its output folder, whatever Ray says of the job."""

from __future__ import annotations

from pathlib import Path

import pytest
from left_behind import JOB_ID, leave, make_status
from small_manifest import MakeManifest

from semstyle.farm import Status
from semstyle.storage import Folder
from semstyle.submission.job_state import GONE, JobState
from semstyle.submission.outcome import Outcome, outcome, read_traces

STOPPED, SUCCEEDED = JobState("STOPPED"), JobState("SUCCEEDED", exit_code=0)


def judged(folder: Folder, job: JobState | None) -> Outcome:
    return outcome(folder, folder.uri, JOB_ID, read_traces(folder, JOB_ID), job)


@pytest.mark.parametrize("job", [SUCCEEDED, STOPPED, JobState("FAILED", exit_code=1), JobState(GONE), None])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (make_status("finished", rendered=3, skipped=1), 0),
        (make_status("finished", rendered=3, failed=1), 3),
        (make_status("finished", rendered=3, failed_before=1), 3),
        (make_status("finished", rendered=4, lost=1), 3),
        (make_status("stopped", rendered=1, left=3), 130),
    ],
    ids=["rendered", "failed", "failed-before", "lost", "stopped"],
)
def test_what_the_run_says_counts_whatever_ray_says(
    tmp_path: Path, status: Status, code: int, job: JobState | None
) -> None:
    found = judged(leave(tmp_path, status, status.state), job)
    assert (found.exit_code, found.state, found.run) == (code, status.state, "run")
    assert found.counts["rendered"] == status.rendered


@pytest.mark.parametrize(("job", "code"), [(STOPPED, 130), (JobState("FAILED", exit_code=-9), 1), (JobState(GONE), 1)])
def test_a_run_that_was_killed_without_a_word(tmp_path: Path, job: JobState, code: int) -> None:
    found = judged(leave(tmp_path, make_status("running", rendered=2, left=2)), job)
    assert found.exit_code == code
    assert found.message


@pytest.mark.parametrize("code", [1, 2, 3, 4])
def test_a_run_that_met_an_error_ends_with_its_own_code(tmp_path: Path, code: int) -> None:
    status = make_status("failed", left=4, last_error="the reason")
    found = judged(leave(tmp_path, status, "failed"), JobState("FAILED", exit_code=code))
    assert (found.state, found.exit_code, found.message) == ("failed", code, "the reason")


def test_without_a_head_an_error_is_taken_for_a_lost_cluster(tmp_path: Path) -> None:
    assert judged(leave(tmp_path, make_status("failed", left=4), "failed"), None).exit_code == 1
    assert judged(leave(tmp_path, make_status("failed", failed=2, left=2), "failed"), None).exit_code == 3


def test_another_run_in_the_same_folder_does_not_count(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("finished", rendered=4), "finished", submission="semstyle-another")
    assert judged(folder, STOPPED).exit_code == 130
    assert judged(folder, JobState("FAILED", exit_code=2)).exit_code == 2
    ended_well = judged(folder, SUCCEEDED)
    assert ended_well.exit_code == 1
    assert "has no run of it as seen from here" in ended_well.message


def test_the_status_of_another_run_is_not_taken_for_ours(tmp_path: Path) -> None:
    folder = leave(tmp_path, make_status("finished", run_id="another", rendered=4))
    assert judged(folder, JobState("FAILED", exit_code=-9)).exit_code == 1


def test_of_several_shards_our_own_counts(tmp_path: Path) -> None:
    ours = make_status("finished", rendered=1, failed=1, shard="1/2")
    other = make_status("finished", run_id="another", rendered=2, shard="2/2")
    together = make_status("finished", run_id="another", rendered=3, failed=1, shards=[ours, other])
    assert judged(leave(tmp_path, together, "finished"), None).exit_code == 3


def test_where_the_last_status_was_not_stored_the_rows_are_looked_for(tmp_path: Path, manifest: MakeManifest) -> None:
    folder = leave(tmp_path / "out", make_status("aggregating"), "finished", manifest=manifest({"seed": 1}))
    assert judged(folder, SUCCEEDED).exit_code == 3

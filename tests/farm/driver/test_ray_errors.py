"""What Ray's errors mean for a render."""

from __future__ import annotations

import pytest
import ray.exceptions as ray_errors

from semstyle.farm.attempt import FailureClass, Started
from semstyle.farm.driver.ray_errors import classify
from semstyle.farm.errors import FarmError

STARTED = Started("node", 1, 0.0)


@pytest.mark.parametrize(
    ("error", "alive", "kind"),
    [
        (ray_errors.WorkerCrashedError(), True, FailureClass.WORKER),
        (ray_errors.WorkerCrashedError(), False, FailureClass.NODE),
        (ray_errors.NodeDiedError("gone"), True, FailureClass.NODE),
        (ray_errors.OutOfMemoryError("low"), True, FailureClass.WORKER),
        (ray_errors.TaskCancelledError(), True, FailureClass.WORKER),
    ],
)
def test_classes(error, alive, kind):
    assert classify(error, STARTED, lambda node: alive).kind is kind


def test_an_error_before_the_task_began_is_the_environments():
    error = ray_errors.RayTaskError("perform", "Traceback …\nModuleNotFoundError: No module named 'semstyle'", None)
    with pytest.raises(FarmError, match="No module named 'semstyle'"):
        classify(error, None, lambda node: True)
    assert classify(error, STARTED, lambda node: True).kind is FailureClass.WORKER


def test_an_import_that_fails_after_the_task_began_is_the_environments_too():
    cause = ModuleNotFoundError("No module named 'torch'")
    error = ray_errors.RayTaskError("perform", "Traceback …\nModuleNotFoundError: No module named 'torch'", cause)
    with pytest.raises(FarmError, match=r"workers cannot run semstyle .*No module named 'torch'"):
        classify(error.as_instanceof_cause(), STARTED, lambda node: True)


def test_messages_hold_no_credentials():
    error = ray_errors.RuntimeEnvSetupError("cannot fetch https://user:hunter22@host/x.zip")
    with pytest.raises(FarmError) as raised:
        classify(error, None, lambda node: True)
    assert "hunter22" not in str(raised.value)

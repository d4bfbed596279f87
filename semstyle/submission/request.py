"""What is asked of Ray Jobs: a command line, the code it runs, and its environment."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from semstyle.farm.output.job import SUBMISSION
from semstyle.submission.working_directory import WorkingDirectory


def new_id() -> str:
    return f"semstyle-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True)
class JobRequest:
    """A job as it is handed over.

    Attributes:
        manifest, out: As the job names them.
        options: Options of ``semstyle run``, as on a command line.
        code: What travels; None when the nodes have semstyle.
        variables: Name → value of environment variables, which whoever may ask the head can read.
        job_id: Ray's name for the job. It is chosen here, so that a job is found whose acceptance was never heard.
    """

    manifest: str
    out: str
    options: Sequence[str] = ()
    code: WorkingDirectory | None = None
    variables: dict[str, str] = field(default_factory=dict)
    job_id: str = field(default_factory=new_id)

    @property
    def entrypoint(self) -> str:
        """The command line, which a shell on the head reads; each argument is quoted."""
        return shlex.join(["python", "-m", "semstyle", "run", f"--out={self.out}", *self.options, "--", self.manifest])

    @property
    def runtime_env(self) -> dict[str, Any]:
        """Ray's ``runtime_env``. The job's id is in the environment, so that the run notes it in ``job.json``."""
        made: dict[str, Any] = {"env_vars": {**self.variables, SUBMISSION: self.job_id}}
        if self.code is not None:
            made |= {"working_dir": str(self.code.path), "excludes": self.code.excludes}
        return made

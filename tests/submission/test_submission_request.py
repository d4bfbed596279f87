"""What travels to the cluster: the command line, the environment and the code."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from semstyle.submission.errors import SubmissionError
from semstyle.submission.request import JobRequest
from semstyle.submission.working_directory import LARGEST_FILE, working_directory

NASTY = "s3://bucket/it's; $(touch pwned) `touch pwned` \"&& touch pwned\n*.parquet"


def test_a_shell_reads_each_argument_as_it_was_meant(tmp_path: Path) -> None:
    request = JobRequest(NASTY, "s3://bucket/o u t", ["--where=tags.name = '$HOME'", "--allow-uri=--help"])
    told = "import sys; print(repr(sys.argv[1:]))"
    command = shlex.join([sys.executable, "-c", told]) + request.entrypoint.removeprefix("python -m semstyle")

    said = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)

    expected = ["run", "--out=s3://bucket/o u t", "--where=tags.name = '$HOME'", "--allow-uri=--help", "--", NASTY]
    assert said.stdout.strip() == repr(expected)
    assert not list(tmp_path.iterdir())


def test_values_of_variables_are_in_the_environment_alone() -> None:
    request = JobRequest("s3://b/m.parquet", "s3://b/out", variables={"MY_KEY": "hush-hush"})
    assert "hush" not in request.entrypoint
    assert request.runtime_env == {"env_vars": {"MY_KEY": "hush-hush", "SEMSTYLE_SUBMISSION": request.job_id}}


def test_two_jobs_have_two_names() -> None:
    assert JobRequest("m", "o").job_id != JobRequest("m", "o").job_id


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("semstyle/__init__.py", "out/record", "a/out/kept", ".git/config", ".env", "a/key.pem", "a/code.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    for name in ("a/large [1].bin", "out/large.bin", ".venv/large.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        with (tmp_path / name).open("wb") as file:
            file.truncate(LARGEST_FILE + 1)
    return tmp_path


def test_results_secrets_and_large_files_stay_here(project: Path) -> None:
    from ray._private.runtime_env.packaging import create_package

    code = working_directory(str(project), is_installed=False)
    assert code is not None
    assert code.has_program
    assert code.too_large == ["a/large [1].bin"]
    package = project / "package.zip"
    create_package(str(project), package, include_gitignore=True, excludes=[*code.excludes, "package.zip"])
    from zipfile import ZipFile

    sent = {name for name in ZipFile(package).namelist() if not name.endswith("/")}
    assert sent == {"semstyle/__init__.py", "a/out/kept", "a/code.py"}


def test_the_default_is_the_checkout_and_installed_sends_nothing() -> None:
    found = working_directory(None, is_installed=False)
    assert found is not None
    assert found.path == Path(__file__).parents[2]
    assert working_directory(None, is_installed=True) is None


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="there is no such folder"):
        working_directory(str(tmp_path / "gone"), is_installed=False)
    with pytest.raises(SubmissionError, match="choose one"):
        working_directory(str(tmp_path), is_installed=True)

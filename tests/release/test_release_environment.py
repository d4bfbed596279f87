"""The environment that a wheel is tried in has nothing of ours, and what goes wrong in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import REPOSITORY

from release.environment import CleanEnvironment
from release.program import ProgramError, run
from release.trial import look


def program(clean: CleanEnvironment, name: str, *lines: str) -> None:
    """A program of the environment."""
    clean.bin.mkdir(parents=True, exist_ok=True)
    clean.home.mkdir(exist_ok=True)
    path = clean.bin / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@pytest.fixture
def clean(tmp_path: Path) -> CleanEnvironment:
    return CleanEnvironment(tmp_path / "clean")


def test_it_sees_neither_the_repository_nor_our_packages(
    clean: CleanEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clean.create()
    found = "importlib.util.find_spec('semstyle'), importlib.util.find_spec('numpy')"
    code = f"import importlib.util, os, sys; print({found}, *os.environ, *sys.path)"
    told = clean.run("python", "-c", code)
    assert told.startswith("None None ")
    assert str(REPOSITORY) not in told and "PYTHONPATH" not in told and "AWS" not in told
    assert str(clean.packages) in told.split()


def test_a_program_of_another_version_or_from_elsewhere_is_told(clean: CleanEnvironment) -> None:
    program(clean, "semstyle", 'test "$1" = --help && echo "render run" || echo "semstyle 9.9.9"')
    program(clean, "python", f"echo {REPOSITORY}/semstyle/__init__.py")
    wrong_version, wrong_place = look(clean, "1.2.3")
    assert "says 'semstyle 9.9.9', and the wheel is 1.2.3" in wrong_version
    assert "outside the clean environment" in wrong_place
    program(clean, "python", f"echo {clean.packages}/semstyle/__init__.py")
    assert list(look(clean, "9.9.9")) == []


def test_a_program_that_fails_is_told_with_its_last_words(clean: CleanEnvironment) -> None:
    program(clean, "semstyle", "echo it broke >&2; exit 3")
    with pytest.raises(ProgramError, match=r"semstyle doctor` ended with 3:\nit broke"):
        clean.run("semstyle", "doctor")
    assert clean.run("semstyle", "doctor", expected=(0, 3)) == ""
    with pytest.raises(ProgramError, match="cannot be started"):
        run([clean.bin / "nothing"], clean.home)

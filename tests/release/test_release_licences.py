"""A package under a licence that nobody allowed stops a release, and so does one of which nothing is known."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from programs import REPOSITORY

from release.licences import PAGE, Policy, check_licences, read_policy

POLICY = Policy(
    allowed={
        "MIT": "notice",
        "Apache-2.0": "ours",
        "Apache-2.0 WITH LLVM-exception": "compiled",
        "BSD-3-Clause": "notice",
    },
    names={"BSD License": "BSD-3-Clause", "MIT License": "MIT", "Apache 2.0": "Apache-2.0"},
    packages={"nvidia-*": {"licence": "LicenseRef-NVIDIA", "reason": "torch asks for it"}},
)
CLASSIFIER = "Classifier: License :: OSI Approved"


def package(folder: Path, name: str, *lines: str) -> Distribution:
    """An installed package whose metadata have these lines."""
    place = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines, ""]))
    return Distribution.at(place)


@pytest.mark.parametrize(
    "lines",
    [
        ["License-Expression: MIT"],
        ["License-Expression: Apache-2.0 AND MIT"],
        ["License-Expression: GPL-3.0-only OR MIT"],
        ["License-Expression: MIT AND (GPL-3.0-only OR Apache-2.0 WITH LLVM-exception)"],
        ["License: Apache 2.0"],
        ["License: UNKNOWN", f"{CLASSIFIER} :: MIT License"],
        [
            "License: Copyright (c) 2026, somebody. All rights reserved. Redistribution …",
            f"{CLASSIFIER} :: BSD License",
        ],
        [CLASSIFIER, f"{CLASSIFIER} :: BSD License", f"{CLASSIFIER} :: MIT License"],
    ],
)
def test_what_is_allowed_passes(lines: list[str], tmp_path: Path) -> None:
    assert check_licences([package(tmp_path, "kind", *lines)], POLICY).problems == []


@pytest.mark.parametrize(
    "lines, words",
    [
        (["License-Expression: GPL-3.0-only"], "GPL-3.0-only is not allowed"),
        (["License-Expression: MIT AND GPL-3.0-only"], "is not allowed"),
        (["License-Expression: Apache-2.0 WITH Classpath-exception-2.0"], "is not allowed"),
        (["License: GPLv3", f"{CLASSIFIER} :: MIT License"], "GPLv3"),
        ([f"{CLASSIFIER} :: GNU General Public License v3 (GPLv3)"], "GNU General Public License v3"),
        ([f"{CLASSIFIER} :: MIT License", f"{CLASSIFIER} :: GNU Affero General Public License v3"], "Affero"),
        (["License: Free for research", f"{CLASSIFIER} :: MIT License"], "Free for research"),
        (["License-Expression: LicenseRef-Somebodys"], "LicenseRef-Somebodys"),
        ([], "name no licence"),
        (["License: UNKNOWN", CLASSIFIER], "name no licence"),
    ],
)
def test_what_nobody_allowed_is_named(lines: list[str], words: str, tmp_path: Path) -> None:
    kind = package(tmp_path, "kind", "License-Expression: MIT")
    (problem,) = check_licences([kind, package(tmp_path, "planted", *lines)], POLICY).problems
    assert problem.startswith("planted 1.0: ") and words in problem


def test_an_exception_is_for_the_packages_that_it_names_alone(tmp_path: Path) -> None:
    proprietary = "License-Expression: LicenseRef-NVIDIA"
    assert check_licences([package(tmp_path, "nvidia-cublas", proprietary)], POLICY).problems == []
    assert check_licences([package(tmp_path, "other", proprietary)], POLICY).problems


@pytest.mark.parametrize(
    "text",
    [
        '[allowed]\nMIT = " "\n[names]\n[packages]\n',
        '[allowed]\n[names]\n[packages."planted"]\nlicence = "GPL-3.0-only"\n',
        '[allowed]\n[names]\n[packages."planted"]\nlicence = "GPL-3.0-only"\nreason = ""\n',
    ],
)
def test_an_exception_without_a_reason_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(text)
    with pytest.raises(ValueError, match="without a reason"):
        read_policy(tmp_path / "policy.toml")


def test_everything_that_is_installed_here_is_allowed() -> None:
    here = [path for path in sys.path if Path(path).is_relative_to(sys.prefix) and path.endswith("site-packages")]
    outcome = check_licences(distributions(path=here), read_policy(REPOSITORY / PAGE))
    assert outcome.problems == []
    assert int(outcome.told.split()[0]) > 100

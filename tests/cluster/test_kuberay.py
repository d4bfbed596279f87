"""The KubeRay job is well-formed, and agrees with the image, the code and the versions that it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = (REPOSITORY / "cluster" / "Dockerfile").read_text()
JOB: dict[str, Any] = yaml.safe_load((REPOSITORY / "cluster" / "kuberay" / "rayjob.yaml").read_text())
CLUSTER: dict[str, Any] = JOB["spec"]["rayClusterSpec"]
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?")


def groups() -> list[dict[str, Any]]:
    return [CLUSTER["headGroupSpec"], *CLUSTER["workerGroupSpecs"]]


def containers() -> list[dict[str, Any]]:
    return [container for group in groups() for container in group["template"]["spec"]["containers"]]


def pinned(package: str) -> str:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    return next(line.removeprefix(f"{package}==") for line in lines if line.startswith(f"{package}=="))


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, content in value.items():
            yield str(name)
            yield from strings_in(content)
    elif isinstance(value, list):
        for content in value:
            yield from strings_in(content)
    else:
        yield str(value)


def test_it_is_a_ray_job_of_the_served_version() -> None:
    assert (JOB["apiVersion"], JOB["kind"]) == ("ray.io/v1", "RayJob")
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", JOB["metadata"]["name"])
    assert len(JOB["metadata"]["name"]) <= 47  # KubeRay adds its own suffixes, and Kubernetes stops at 63
    assert JOB["spec"]["shutdownAfterJobFinishes"] is True


def test_the_entrypoint_is_a_script_that_the_image_has() -> None:
    python, script, manifest, option, out = shlex.split(JOB["spec"]["entrypoint"])
    assert (python, option) == ("python", "-o")
    assert (REPOSITORY / script).is_file()
    assert f"COPY {Path(script).parent} {Path(script).parent}\n" in DOCKERFILE
    assert manifest.startswith("s3://")
    assert out.startswith("s3://")


def test_ray_is_the_version_that_the_image_installs() -> None:
    assert CLUSTER["rayVersion"] == pinned("ray")
    assert "--constraint constraints.txt" in DOCKERFILE


def test_every_file_that_the_image_copies_exists_and_is_sent_to_the_build() -> None:
    allowed = (REPOSITORY / "cluster" / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [name for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]]
    assert copied
    for name in copied:
        assert (REPOSITORY / name).exists(), name
        assert f"!{name}" in allowed


def test_the_image_has_what_triton_compiles_with() -> None:
    (packages,) = re.findall(r"apt-get install --yes --no-install-recommends ([\w .-]+?) *\\\n", DOCKERFILE)
    assert {"gcc", "libc6-dev"} <= set(packages.split())
    # Its own Python, with headers beside it; Debian's would need python3-dev.
    assert re.search(r"^FROM python:3\.\d+-slim$", DOCKERFILE, re.MULTILINE)


def test_all_pods_run_one_image_without_privileges() -> None:
    assert len({container["image"] for container in containers()}) == 1
    user = int(re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[-1])
    for group in groups():
        pod = group["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == user
    for container in containers():
        assert container["securityContext"]["allowPrivilegeEscalation"] is False


@pytest.mark.parametrize("container", containers(), ids=lambda container: container["name"])
def test_a_container_says_what_it_needs(container: dict[str, Any]) -> None:
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    assert requests == limits  # Ray counts on what it was started with
    assert {"cpu", "memory"} <= set(requests)
    for amount in requests.values():
        assert isinstance(amount, str)
        assert QUANTITY.fullmatch(amount)


def test_workers_can_come_and_go_but_one_stays() -> None:
    assert CLUSTER["enableInTreeAutoscaling"] is True
    for group in CLUSTER["workerGroupSpecs"]:
        assert 1 <= group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_storage_keys_come_from_a_secret_and_are_nowhere_in_the_file() -> None:
    for container in containers():
        assert {"secretRef": {"name": "semstyle-s3"}} in container["envFrom"]
    assert not any(text.startswith("AWS_") for text in strings_in(JOB))


def test_a_stopped_job_has_time_to_finish_what_is_in_flight() -> None:
    head = CLUSTER["headGroupSpec"]["template"]["spec"]
    wait = next(
        int(entry["value"]) for entry in head["containers"][0]["env"] if entry["name"] == "RAY_JOB_STOP_WAIT_TIME_S"
    )
    assert 30 <= wait <= head["terminationGracePeriodSeconds"]


def test_ray_asks_for_a_token() -> None:
    assert CLUSTER["authOptions"] == {"mode": "token"}

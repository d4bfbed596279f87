"""The overlays for KubeRay build, hold to its schemas, and agree with the image, the code and what they promise."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
import typer
import yaml
from jsonschema import Draft202012Validator
from kustomization import Object, build

from semstyle.commands.app import app_of

REPOSITORY = Path(__file__).resolve().parents[2]
KUBERAY = REPOSITORY / "cluster" / "kuberay"
SCHEMAS = REPOSITORY.parent / "shared" / "schemas"
KUSTOMIZE = next(
    (words for words in (["kustomize", "build"], ["kubectl", "kustomize"]) if shutil.which(words[0])), None
)
DOCKERFILE = (REPOSITORY / "cluster" / "Dockerfile").read_text()
OVERLAYS = {path.name: build(path) for path in sorted((KUBERAY / "overlays").iterdir())}
OURS = {"app.kubernetes.io/part-of": "semstyle"}
OPERATOR = {"app.kubernetes.io/name": "kuberay-operator"}

every_overlay = pytest.mark.parametrize("objects", OVERLAYS.values(), ids=OVERLAYS)


def one_of(objects: list[Object], kind: str) -> Object:
    (found,) = (one for one in objects if one["kind"] == kind)
    return found


def clusters(objects: list[Object]) -> list[Object]:
    """The cluster's spec as it stands alone, in the job and in the nights."""
    return [one_of(objects, "RayCluster")["spec"], *(job["rayClusterSpec"] for job in jobs(objects))]


def jobs(objects: list[Object]) -> list[Object]:
    return [one_of(objects, "RayJob")["spec"], one_of(objects, "RayCronJob")["spec"]["jobTemplate"]]


def ray_pods(objects: list[Object]) -> list[Object]:
    groups = [[each["headGroupSpec"], *each["workerGroupSpecs"]] for each in clusters(objects)]
    return [group["template"] for several in groups for group in several]


def pods(objects: list[Object]) -> list[Object]:
    return [*ray_pods(objects), *(job["submitterPodTemplate"] for job in jobs(objects))]


def containers(templates: list[Object]) -> list[Object]:
    return [container for template in templates for container in template["spec"]["containers"]]


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


def pinned(package: str) -> str:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    return next(line.removeprefix(f"{package}==") for line in lines if line.startswith(f"{package}=="))


def strict(schema: Any) -> Any:
    """The schema with fields that it does not name refused: Kubernetes would drop them without a word."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(content) for name, content in schema.items()}
    if isinstance(schema.get("properties"), dict) and "x-kubernetes-preserve-unknown-fields" not in schema:
        made.setdefault("additionalProperties", False)
    return made


def test_there_is_an_overlay_for_each_kind_of_node() -> None:
    assert set(OVERLAYS) == {"gpu", "cpu", "spot"}


if SCHEMAS.is_dir():  # they are not part of the repository

    @pytest.mark.parametrize("kind", ["RayCluster", "RayJob", "RayCronJob"])
    @every_overlay
    def test_it_holds_to_kuberays_schema(objects: list[Object], kind: str) -> None:
        validator = Draft202012Validator(strict(json.loads((SCHEMAS / f"{kind}.v1.json").read_text())))
        found = one_of(objects, kind)
        assert found["apiVersion"] == "ray.io/v1"
        assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)] == []
        assert [*validator.iter_errors({**found, "spec": {**found["spec"], "sheduel": ""}})], (
            "it refuses what it does not know"
        )


if KUSTOMIZE:

    @pytest.mark.parametrize("name", OVERLAYS)
    def test_kustomize_builds_the_same(name: str) -> None:
        built = subprocess.run(
            [*KUSTOMIZE, KUBERAY / "overlays" / name], capture_output=True, text=True, check=True
        ).stdout
        assert sorted(yaml.safe_load_all(built), key=json.dumps) == sorted(
            (sorted_keys(one) for one in OVERLAYS[name]), key=json.dumps
        )


def sorted_keys(one: Object) -> Object:
    made: Object = json.loads(json.dumps(one, sort_keys=True))
    return made


@pytest.mark.parametrize("name", OVERLAYS)
def test_settings_are_changed_in_one_place_and_reach_every_other(name: str, tmp_path: Path) -> None:
    shutil.copytree(KUBERAY, tmp_path / "kuberay")
    file = tmp_path / "kuberay" / "base" / "settings.yaml"
    settings = yaml.safe_load(file.read_text())
    before = dict(settings["data"])
    settings["data"] = {key: "31" if value.isdecimal() else f"changed-{key}" for key, value in before.items()}
    file.write_text(yaml.safe_dump(settings))
    words = [
        word for text in strings_in(build(tmp_path / "kuberay" / "overlays" / name)) for word in [text, *text.split()]
    ]
    assert set(settings["data"].values()) <= set(words)
    left = {value for key, value in before.items() if key != "operator-namespace" and not value.isdecimal()}
    assert left & set(words) == set()
    assert {"MANIFEST", "OUT", "NIGHTS", "OPERATOR", "image:"} & set(words) == set()


@every_overlay
def test_job_and_nights_have_the_same_cluster(objects: list[Object]) -> None:
    alone, *others = clusters(objects)
    assert others == [alone, alone]
    assert alone["rayVersion"] == pinned("ray")


@every_overlay
def test_entrypoints_are_scripts_that_the_image_has_with_options_that_they_know(objects: list[Object]) -> None:
    program = typer.main.get_command(app_of(["run", "nightly"]))
    for job, name in zip(jobs(objects), ("run", "nightly"), strict=True):
        python, script, *words = shlex.split(job["entrypoint"])
        assert python == "python" and (REPOSITORY / script).is_file()
        assert re.search(rf"^COPY {Path(script).parent} \S*{Path(script).parent}$", DOCKERFILE, re.MULTILINE)
        assert f'"{name}"' in (REPOSITORY / script).read_text()
        with program.commands[name].make_context(name, words) as context:  # type: ignore[attr-defined]
            assert context.params["wait_for_nodes"] >= 600, "the first node has yet to be bought"
            wanted = containers([clusters(objects)[0]["workerGroupSpecs"][0]["template"]])[0]["resources"]["limits"]
            assert context.params["gpus_per_render"] == (1 if "nvidia.com/gpu" in wanted else None)


@every_overlay
def test_jobs_are_tried_again_and_end(objects: list[Object]) -> None:
    for job in jobs(objects):
        assert job["backoffLimit"] >= 1 and job["submitterConfig"]["backoffLimit"] >= 1
        assert job["shutdownAfterJobFinishes"] is True
        assert 0 < job["ttlSecondsAfterFinished"] <= 3600
        assert 3600 <= job["activeDeadlineSeconds"] <= 86400
    night = one_of(objects, "RayCronJob")["spec"]
    assert len(night["schedule"].split()) == 5
    assert night["timeZone"] in available_timezones()
    assert night["jobTemplate"]["activeDeadlineSeconds"] < 86400, "a night is over before the next begins"


@every_overlay
def test_workers_come_from_nothing_and_go(objects: list[Object]) -> None:
    for cluster in clusters(objects):
        assert cluster["enableInTreeAutoscaling"] is True
        assert 0 < cluster["autoscalerOptions"]["idleTimeoutSeconds"] <= 600
        for group in cluster["workerGroupSpecs"]:
            assert group["minReplicas"] == group["replicas"] == 0 < group["maxReplicas"]
        assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0", "the head renders nothing"


@pytest.mark.parametrize(("name", "gpus", "spot"), [("gpu", True, False), ("cpu", False, False), ("spot", True, True)])
def test_overlays_differ_in_their_workers(name: str, gpus: bool, spot: bool) -> None:
    for cluster in clusters(OVERLAYS[name]):
        head, worker = cluster["headGroupSpec"]["template"]["spec"], cluster["workerGroupSpecs"][0]["template"]["spec"]
        resources = worker["containers"][0]["resources"]
        for amounts in (resources["requests"], resources["limits"]):
            assert amounts.get("nvidia.com/gpu") == ("1" if gpus else None)
        tolerated = {toleration["key"] for toleration in worker["tolerations"]}
        assert ("nvidia.com/gpu" in tolerated) == gpus
        assert ({"cloud.google.com/gke-spot", "kubernetes.azure.com/scalesetpriority"} <= tolerated) == spot
        assert ("affinity" in worker) == spot
        assert not {"tolerations", "affinity"} & set(head), "the head stays on a lasting node"
        if spot:
            assert worker["terminationGracePeriodSeconds"] < 30


@every_overlay
def test_every_container_says_what_it_needs(objects: list[Object]) -> None:
    autoscalers = [cluster["autoscalerOptions"] for cluster in clusters(objects)]
    for container in [*containers(pods(objects)), *autoscalers]:
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert requests == limits  # Ray counts on what it was started with
        assert {"cpu", "memory"} <= set(requests)
        for amount in requests.values():
            assert isinstance(amount, str) and re.fullmatch(r"[0-9]+(m|Ki|Mi|Gi|Ti)?", amount)


@every_overlay
def test_no_container_has_a_privilege(objects: list[Object]) -> None:
    user = int(re.findall(r"^USER (\d+)", DOCKERFILE, re.MULTILINE)[-1])
    for template in pods(objects):
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == user
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod)
        assert not any("hostPath" in volume for volume in pod["volumes"])
    autoscalers = [cluster["autoscalerOptions"] for cluster in clusters(objects)]
    for container in [*containers(pods(objects)), *autoscalers]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"/tmp", "/home/semstyle"} <= {mount["mountPath"] for mount in container["volumeMounts"]}
    for template in pods(objects):
        volumes = {volume["name"]: volume["emptyDir"] for volume in template["spec"]["volumes"]}
        assert all("sizeLimit" in empty for empty in volumes.values())
        assert {mount["name"] for each in containers([template]) for mount in each["volumeMounts"]} <= set(volumes)
    assert re.search(r"useradd .*--home-dir /home/semstyle", DOCKERFILE)


@every_overlay
def test_accounts_and_priorities_that_pods_name_are_there(objects: list[Object]) -> None:
    named = {(one["kind"], one["metadata"]["name"]) for one in objects}
    for template in pods(objects):
        assert ("ServiceAccount", template["spec"]["serviceAccountName"]) in named
        assert ("PriorityClass", template["spec"]["priorityClassName"]) in named
    for cluster in clusters(objects):
        for group in cluster["workerGroupSpecs"]:
            assert group["template"]["spec"]["automountServiceAccountToken"] is False
    values = {one["metadata"]["name"]: one["value"] for one in objects if one["kind"] == "PriorityClass"}
    assert values["semstyle-head"] > values["semstyle-worker"]


@every_overlay
def test_ray_containers_are_asked_for_their_health(objects: list[Object]) -> None:
    for container in containers(ray_pods(objects)):
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            # What the node's own agent answers, without a token: test_local.py asks it.
            assert container[probe]["httpGet"] == {"path": "/api/healthz", "port": 52365}
            assert container[probe]["failureThreshold"] * container[probe]["periodSeconds"] >= 15


@every_overlay
def test_secrets_are_named_and_not_told(objects: list[Object]) -> None:
    assert "Secret" not in {one["kind"] for one in objects}
    for cluster in clusters(objects):
        assert cluster["authOptions"] == {"mode": "token", "secretName": "semstyle-ray-token"}
        assert cluster["tlsOptions"] == {"enabled": True}
    for container in containers(ray_pods(objects)):
        assert {"secretRef": {"name": "semstyle-storage"}} in container["envFrom"]
    values = [variable for each in containers(pods(objects)) for variable in each.get("env", ())]
    assert not [one["name"] for one in values if re.search("KEY|SECRET|TOKEN|PASSWORD|AWS|TLS", one["name"])]


@every_overlay
def test_rays_ports_are_closed_to_all_but_the_cluster(objects: list[Object]) -> None:
    policy = one_of(objects, "NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    chosen = policy["podSelector"]["matchLabels"]
    for template in pods(objects):
        assert chosen.items() <= template["metadata"]["labels"].items(), "the policy is about every pod"
    assert chosen == OURS
    cluster, operator = policy["ingress"]
    assert cluster == {"from": [{"podSelector": {"matchLabels": OURS}}]}, "all ports, from this namespace's pods alone"
    (sender,) = operator["from"]
    assert sender["podSelector"]["matchLabels"] == OPERATOR
    assert sender["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "kuberay-operator"}
    assert operator["ports"] == [{"protocol": "TCP", "port": 8265}]
    outside = [rule for rule in policy["egress"] if any("ipBlock" in receiver for receiver in rule["to"])]
    for rule in outside:
        assert rule["ports"] and all("169.254.0.0/16" in receiver["ipBlock"]["except"] for receiver in rule["to"])


@every_overlay
def test_a_stopped_job_has_time_to_finish_what_is_in_flight(objects: list[Object]) -> None:
    for cluster in clusters(objects):
        head = cluster["headGroupSpec"]["template"]["spec"]
        variables = {one["name"]: one["value"] for one in head["containers"][0]["env"]}
        assert 30 <= int(variables["RAY_JOB_STOP_WAIT_TIME_S"]) <= head["terminationGracePeriodSeconds"]
        assert variables["NVIDIA_VISIBLE_DEVICES"] == "void"


@every_overlay
def test_names_and_labels(objects: list[Object]) -> None:
    for one in objects:
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", one["metadata"]["name"])
        assert len(one["metadata"]["name"]) <= 40  # KubeRay adds its own suffixes, and Kubernetes stops at 63
    parts = {one["kind"]: one["metadata"]["labels"]["app.kubernetes.io/component"] for one in objects}
    assert parts == {
        **dict.fromkeys(("ServiceAccount", "PriorityClass", "NetworkPolicy"), "access"),
        "RayCluster": "cluster",
        "RayJob": "render",
        "RayCronJob": "nightly",
    }

"""`ray up` files for AWS and Google Cloud: what Ray itself checks of them, and what they promise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ray.autoscaler
import yaml
from ray.autoscaler._private.gcp.config import get_node_type
from ray.autoscaler._private.util import prepare_config, validate_config

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = {name: (REPOSITORY / "cluster" / f"{name}.yaml").read_text() for name in ("aws", "gcp")}
CLUSTERS: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in FILES.items()}
DOCKERFILE = (REPOSITORY / "cluster" / "Dockerfile").read_text()

both = pytest.mark.parametrize("cloud", CLUSTERS)


@both
def test_rays_schema_and_ray_itself_take_it(cloud: str) -> None:
    schema = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())
    jsonschema.validate(CLUSTERS[cloud], schema)
    filled = prepare_config(yaml.safe_load(FILES[cloud]))
    validate_config(filled)
    for name, given in CLUSTERS[cloud]["available_node_types"].items():
        assert given["node_config"].items() <= filled["available_node_types"][name]["node_config"].items()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**CLUSTERS[cloud], "idle_timeout_minuets": 5}, schema)


@both
def test_the_head_renders_nothing_and_workers_come_from_nothing_and_go(cloud: str) -> None:
    cluster = CLUSTERS[cloud]
    head, worker = cluster["available_node_types"]["head"], cluster["available_node_types"]["gpu"]
    assert cluster["head_node_type"] == "head" and head["resources"] == {"CPU": 0}
    assert "--num-cpus=0 --num-gpus=0" in cluster["head_start_ray_commands"][-1]
    assert worker["min_workers"] == 0 < worker["max_workers"] <= cluster["max_workers"]
    assert worker["resources"]["GPU"] == 1
    assert 0 < cluster["idle_timeout_minutes"] <= 10
    assert cluster["provider"].get("cache_stopped_nodes") is (False if cloud == "aws" else None)


def test_workers_are_spot_nodes_with_roles_in_place_of_keys_on_aws() -> None:
    types = CLUSTERS["aws"]["available_node_types"]
    market = types["gpu"]["node_config"]["InstanceMarketOptions"]
    assert market["MarketType"] == "spot" and market["SpotOptions"]["InstanceInterruptionBehavior"] == "terminate"
    assert "InstanceMarketOptions" not in types["head"]["node_config"]
    for node in types.values():
        assert node["node_config"]["IamInstanceProfile"]["Name"].startswith("semstyle-")
        assert node["node_config"]["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    assert types["gpu"]["node_config"]["IamInstanceProfile"] != types["head"]["node_config"]["IamInstanceProfile"]
    rules = CLUSTERS["aws"]["provider"]["security_group"]["IpPermissions"]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(22, 22)]
    assert "0.0.0.0/0" not in json.dumps(rules)


def test_workers_are_spot_nodes_with_accounts_in_place_of_keys_on_google_cloud() -> None:
    types = CLUSTERS["gcp"]["available_node_types"]
    scheduling = types["gpu"]["node_config"]["scheduling"]
    assert (scheduling["provisioningModel"], scheduling["instanceTerminationAction"]) == ("SPOT", "DELETE")
    assert scheduling["onHostMaintenance"] == "TERMINATE", "nodes with GPUs cannot be moved"
    assert "scheduling" not in types["head"]["node_config"]
    accounts = {name: node["node_config"]["serviceAccounts"][0] for name, node in types.items()}
    assert accounts["gpu"]["email"] != accounts["head"]["email"]
    assert accounts["gpu"]["scopes"] == ["https://www.googleapis.com/auth/devstorage.read_write"]
    assert {get_node_type(node["node_config"]).name for node in types.values()} == {"COMPUTE"}


@both
def test_no_file_holds_a_secret_and_ray_asks_for_a_token(cloud: str) -> None:
    cluster = CLUSTERS[cloud]
    assert "--env RAY_AUTH_MODE=token" in cluster["docker"]["run_options"]
    assert cluster["file_mounts"] == {"~/.ray/auth_token": "~/.ray/auth_token"}
    assert not re.search(r"AKIA|secret|password:|private_key|RAY_AUTH_TOKEN", FILES[cloud], re.IGNORECASE)
    assert "--dashboard-host=127.0.0.1" in cluster["head_start_ray_commands"][-1]


@both
def test_nodes_run_our_image_which_has_what_the_head_starts_nodes_with(cloud: str) -> None:
    assert CLUSTERS[cloud]["docker"]["image"] in DOCKERFILE
    install = (REPOSITORY / "cluster" / "install.sh").read_text()
    assert 'extras["clouds"]' in install

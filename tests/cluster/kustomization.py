"""Building a kustomization, as far as those of ``cluster/kuberay`` need: resources, components, patches, replacements.

What is not known here is an error, so that a test cannot pass over it. Where ``kubectl`` or ``kustomize`` is installed,
``test_kuberay.py`` holds the results of the two against each other.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
LOCAL = "config.kubernetes.io/local-config"
KNOWN = {"apiVersion", "kind", "resources", "components", "patches", "replacements"}


def build(folder: Path) -> list[Object]:
    """What ``kustomize build FOLDER`` prints, in no particular order."""
    return [one for one in gathered(folder, []) if one["metadata"].get("annotations", {}).get(LOCAL) != "true"]


def gathered(folder: Path, objects: list[Object]) -> list[Object]:
    """The objects after a kustomization, or a component, has added its own and changed what is there."""
    asked: Object = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(asked) <= KNOWN, set(asked) - KNOWN
    for name in asked.get("resources", ()):
        path = (folder / name).resolve()
        objects += gathered(path, []) if path.is_dir() else documents(path)
    for name in asked.get("components", ()):
        objects = gathered((folder / name).resolve(), objects)
    for patch in asked.get("patches", ()):
        for one in selected(objects, patch["target"]):
            for operation in yaml.safe_load(patch["patch"]):
                apply(one, **operation)
    for replacement in asked.get("replacements", ()):
        replace(objects, replacement["source"], replacement["targets"])
    return objects


def documents(path: Path) -> list[Object]:
    # Each document anew as JSON would have it: an anchor used twice is two values, of which one can be changed.
    return [unshared(one) for one in yaml.safe_load_all(path.read_text())]


def unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: unshared(content) for name, content in value.items()}
    return [unshared(content) for content in value] if isinstance(value, list) else value


def selected(objects: list[Object], selector: Object) -> list[Object]:
    assert set(selector) <= {"kind", "name"}, selector
    found = [
        one
        for one in objects
        if selector.get("kind") in (None, one["kind"]) and selector.get("name") in (None, one["metadata"]["name"])
    ]
    assert found, f"nothing is {selector}"
    return found


def apply(one: Object, op: str, path: str, value: Any) -> None:
    """An operation of a JSON patch (RFC 6902)."""
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    holder = at(one, steps)
    if isinstance(holder, list):
        assert op == "add" and last == "-", f"{op} {path}"
        holder.append(copy.deepcopy(value))
        return
    assert op == "add" or (op == "replace" and last in holder), f"{op} {path}"
    holder[last] = copy.deepcopy(value)


def replace(objects: list[Object], source: Object, targets: list[Object]) -> None:
    (giver,) = selected(objects, {name: source[name] for name in ("kind", "name")})
    value = at(giver, path_steps(source["fieldPath"]))
    for target in targets:
        for taker in selected(objects, target["select"]):
            for path in target["fieldPaths"]:
                *steps, last = path_steps(path)
                holder: Any = at(taker, steps)
                key = int(last) if isinstance(holder, list) else last
                holder[key] = replaced(holder[key], value, **target.get("options", {}))


def replaced(before: Any, value: Any, delimiter: str | None = None, index: int = 0) -> Any:
    """The value with the type of what was there, or what was there with one of its parts replaced."""
    if delimiter is not None:
        parts = before.split(delimiter)
        parts[index] = value
        return delimiter.join(parts)
    return type(before)(value) if isinstance(before, int | str) else copy.deepcopy(value)


def path_steps(path: str) -> list[str]:
    """``a.0.[b/c.d]`` as ``a``, ``0`` and ``b/c.d``."""
    return [quoted or plain for quoted, plain in re.findall(r"\[([^\]]+)\]|([^.\[\]]+)", path)]


def at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value[int(step) if isinstance(value, list) else step]
    return value

"""cluster/monitoring: what is drawn and what alerts ask for is exported, and all that is exported is drawn."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import exported_metrics
import promql_parser
import pytest
import ray.dashboard.modules.metrics.dashboards as rays_own
import yaml
from exported_metrics import BUCKET_LIMIT, FAILURES, Exported
from promql_parser import MatchOp, VectorSelector

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "cluster" / "monitoring"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]
GUIDE = (REPOSITORY / "docs" / "operations.md").read_text()
OURS = "ray_semstyle_"
RAYS = set(re.findall(r"^\| `(ray_(?!semstyle)\w+)`", GUIDE, re.MULTILINE))
"""Ray's own metrics that the guide tells of."""
ANYTHING = re.compile(r"\W")
GRID_WIDTH = 24


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[Exported]:
    return exported_metrics.exported(monkeypatch)


def drawn() -> list[str]:
    """Each expression of the dashboard, with a run in place of the variable."""
    return [target["expr"].replace("$run", ".+") for panel in PANELS for target in panel["targets"]]


def asked() -> list[str]:
    return [rule["expr"] for rule in RULES]


def selectors(expression: str) -> list[VectorSelector]:
    """The series that an expression reads."""
    found: list[VectorSelector] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, VectorSelector):
            found.append(node)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def grouped_by(expression: str) -> set[str]:
    """The labels that aggregations keep, and by which operands are matched."""
    lists = re.findall(r"\b(?:by|on) \(([^)]*)\)", expression)
    return {label.strip() for labels in lists for label in labels.split(",") if label.strip()}


def possible_values(matcher: Any) -> Iterator[str]:
    """The plain words of a matcher; a pattern that is more than words joined by bars says nothing."""
    words = matcher.value.split("|") if matcher.op in (MatchOp.Re, MatchOp.NotRe) else [matcher.value]
    yield from (word for word in words if not ANYTHING.search(word))


@pytest.mark.parametrize("expression", [*drawn(), *asked()])
def test_an_expression_reads_only_series_labels_and_values_that_there_are(
    expression: str, exported: list[Exported]
) -> None:
    by_series = {series: metric for metric in exported for series in metric.series}
    for selector in selectors(expression):
        assert selector.name in by_series or selector.name in RAYS, f"nothing exports {selector.name}"
        if metric := by_series.get(selector.name):
            for matcher in selector.matchers.matchers:
                assert matcher.name in metric.labels, f"{selector.name} has no label {matcher.name}"
                allowed = metric.labels[matcher.name]
                assert allowed is None or set(possible_values(matcher)) <= allowed
            assert grouped_by(expression) <= {*metric.labels, BUCKET_LIMIT}


def test_every_metric_of_ours_is_drawn_and_told(exported: list[Exported]) -> None:
    series = {selector.name for expression in drawn() for selector in selectors(expression)}
    for metric in exported:
        assert series & set(metric.series), f"{metric.name} is on no panel"
        assert f"| `{metric.series[0].removesuffix('_bucket')}` |" in GUIDE, f"{metric.name} is not in the guide"
    told = set(re.findall(r"^\| `(ray_semstyle_\w+)`", GUIDE, re.MULTILINE))
    assert told == {metric.series[0].removesuffix("_bucket") for metric in exported}


def test_the_guide_has_the_states_and_the_failures() -> None:
    (rows,) = re.findall(r"^\| `ray_semstyle_rows` .*$", GUIDE, re.MULTILINE)
    assert set(exported_metrics.STATES["semstyle_rows"]) <= set(re.findall(r"`(\w+)`", rows))
    (retries,) = re.findall(r"^\| `ray_semstyle_retries_total` .*$", GUIDE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", retries)) - {"ray_semstyle_retries_total", "class"} <= FAILURES


def test_rays_own_that_are_told_are_drawn_by_ray_too() -> None:
    panels = "".join(path.read_text() for path in Path(rays_own.__path__[0]).glob("*.py"))
    assert len(RAYS) >= 10
    assert [name for name in RAYS if not re.search(rf"\b{name}\b", panels)] == []


def test_rays_own_that_are_used_are_told_and_the_other_way_around() -> None:
    used = {selector.name for expression in [*drawn(), *asked()] for selector in selectors(expression)}
    assert {name for name in used if not str(name).startswith(OURS)} == RAYS


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_in_what_unit(panel: dict[str, Any]) -> None:
    assert panel["title"] and panel["description"].endswith(".") and panel["fieldConfig"]["defaults"]["unit"]
    assert all(target["legendFormat"] and target["datasource"] == panel["datasource"] for target in panel["targets"])
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    letters = [target["refId"] for target in panel["targets"]]
    assert len(set(letters)) == len(letters)


def test_panels_have_ids_and_places_of_their_own() -> None:
    assert max(Counter(panel["id"] for panel in DASHBOARD["panels"]).values()) == 1
    cells: Counter[tuple[int, int]] = Counter()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= GRID_WIDTH
        cells.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
    assert max(cells.values()) == 1


def test_the_dashboards_variables_are_those_that_it_uses() -> None:
    text = json.dumps(DASHBOARD["panels"])
    names = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert names == set(re.findall(r"\$\{?(\w+)\}?", text))


def anchors() -> set[str]:
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_where_it_is_told_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert {"summary", "description", "runbook"} == set(rule["annotations"])
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/operations.md" and anchor in anchors()
    assert f"| `{rule['alert']}` |" in GUIDE
    shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert shown <= {"run_id", "instance"}


def test_each_alert_has_a_case_that_promtool_runs() -> None:
    cases = (FOLDER / "alerts.test.yaml").read_text()
    assert [rule["alert"] for rule in RULES if rule["alert"] not in cases] == []
    texts = [text for rule in RULES for text in rule["annotations"].values()]
    for told in re.findall(r'(?:description|runbook): "(.*)"', cases):
        assert told in texts


def test_prometheus_finds_the_alerts_and_rays_list_of_nodes() -> None:
    settings = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    assert [(FOLDER / name).exists() for name in settings["rule_files"]] == [True]
    ((discovery,),) = [job["file_sd_configs"] for job in settings["scrape_configs"]]
    assert discovery["files"] == ["/tmp/ray/prom_metrics_service_discovery.json"]


def test_on_kubernetes_the_metrics_port_alone_is_opened_and_all_pods_are_asked() -> None:
    policy, monitor = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    cluster = yaml.safe_load((REPOSITORY / "cluster" / "kuberay" / "base" / "raycluster.yaml").read_text())["spec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for pod in [group["template"] for group in groups]:
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        ports = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
        (endpoint,), (rule,) = monitor["spec"]["podMetricsEndpoints"], policy["spec"]["ingress"]
        assert [port["port"] for port in rule["ports"]] == [ports[endpoint["port"]]]
        assert all({"namespaceSelector", "podSelector"} <= peer.keys() for peer in rule["from"])

"""deploy/grafana, every query of it, against the real Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.monitored_server import MonitoredServer
from deploy.prometheus import Prometheus
from deploy.traffic import Traffic

GRID_COLUMNS = 24
# Of Grafana's own making.
BUILT_IN = {"__rate_interval", "datasource"}


@pytest.fixture(scope="module")
def dashboard(source: Path) -> dict[str, Any]:
    dashboard: dict[str, Any] = json.loads((source / "deploy/grafana/dashboards/mlfsc.json").read_text())
    return dashboard


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(dashboard: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target


def filled_in(expression: str) -> str:
    """As Grafana sends it with everything selected."""
    return expression.replace("$__rate_interval", "5m").replace("$instance", ".*").replace("$category", ".*")


def test_every_query_returns_data(dashboard: dict[str, Any], prometheus: Prometheus, traffic: Traffic) -> None:
    asked = list(targets(dashboard))
    assert len(asked) >= 30
    empty = [name for name, target in asked if not prometheus.query(filled_in(target["expr"]))]
    assert empty == []


def test_queries_return_numbers(dashboard: dict[str, Any], prometheus: Prometheus, traffic: Traffic) -> None:
    nameless = {}
    for name, target in targets(dashboard):
        values = [series["value"][1] for series in prometheus.query(filled_in(target["expr"]))]
        # A method or a stage without traffic has no quantile; all of them without one is a mistake.
        if all(value == "NaN" for value in values):
            nameless[name] = values
    assert nameless == {}


def test_annotations_and_variables_are_understood(
    dashboard: dict[str, Any], prometheus: Prometheus, traffic: Traffic
) -> None:
    for annotation in dashboard["annotations"]["list"]:
        prometheus.query(filled_in(annotation["expr"]))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert found is not None
        assert prometheus.query(f"group by ({found[2]}) ({found[1]})"), variable["name"]


def test_what_is_asked_for_exists(
    source: Path, dashboard: dict[str, Any], server: MonitoredServer, prometheus: Prometheus, traffic: Traffic
) -> None:
    """A name with a mistake in it is no error to Prometheus: it is nothing, which some queries may return."""
    known = set(prometheus.get("label/__name__/values"))
    expressions = [target["expr"] for _, target in targets(dashboard)]
    expressions += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    groups = prometheus.get("rules")["groups"]
    expressions += [rule["query"] for group in groups for rule in group["rules"]]
    named = re.compile(r"\b(?:[\w]+:)?(?:mlfsc|grpc_server|process)_\w+(?::\w+)?(?=[{\[ )]|$)")
    labels = {"grpc_method", "grpc_code", "grpc_service", "grpc_type"}
    asked = {name for expression in expressions for name in named.findall(expression)} - labels
    assert len(asked) >= 30
    assert asked - known == set()


def test_variables_are_declared(dashboard: dict[str, Any]) -> None:
    declared = {variable["name"] for variable in dashboard["templating"]["list"]} | BUILT_IN
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) - {"__all"}
    assert used <= declared


def test_panels_have_a_place_a_number_and_a_description(dashboard: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(numbers) == len(set(numbers))
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= GRID_COLUMNS
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]
    assert [panel["title"] for panel in panels(dashboard) if not panel["description"]] == []


def test_the_dashboard_covers_what_a_server_does(dashboard: dict[str, Any]) -> None:
    rows = [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"]
    assert rows == [
        "At a glance",
        "Traffic and errors",
        "Latency",
        "Batches and queues",
        "Verdicts and scores",
        "Training",
        "Process",
    ]

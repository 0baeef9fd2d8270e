"""What the rules and the exporter of firing_test.py take for granted is what the real server shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from deploy.exporter import TROUBLES, healthy
from deploy.monitored_server import MonitoredServer
from deploy.traffic import Traffic

# Given by Prometheus.
TARGET = {"job", "instance"}
# Of which the server shows all values from the first on. Others come with what happens: a method, a category, a version.
WHOLE = {"grpc_code", "code", "reason", "stage", "cause", "verdict"}

Series = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def shown(server: MonitoredServer, traffic: Traffic) -> Series:
    """The labels of each series of the server's page, by its name."""
    series: Series = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", server.page(), flags=re.MULTILINE):
        series.setdefault(name, []).append(dict(re.findall(r'(\w+)="([^"]*)"', labels)))
    return series


def test_every_selector_of_the_rules_finds_series(source: Path, shown: Series) -> None:
    files = [source / "deploy/prometheus" / name for name in ("rules.yml", "alerts.yml")]
    rules = [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    expressions = [rule["expr"] for rule in rules]
    asked = 0
    for rule in rules:
        for name, matchers in re.findall(r"(?<![\w:])((?:mlfsc|grpc|process)_\w+)\{([^}]*)\}", rule["expr"]):
            asked += 1
            assert name in shown, rule["expr"]
            for label, operator, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers):
                if label in TARGET:
                    continue
                known = {labels.get(label) for labels in shown[name]}
                assert None not in known, (name, label)
                if label in WHOLE:
                    assert set(value.split("|") if operator == "=~" else [value]) <= known, (name, label, value)
    # None was passed over; `up` is Prometheus' own.
    assert asked == sum(expression.count('{job="mlfsc"') - expression.count("up{") for expression in expressions)


def test_labels_that_the_rules_keep_are_there(source: Path, shown: Series) -> None:
    rules = (source / "deploy/prometheus/rules.yml").read_text() + (source / "deploy/prometheus/alerts.yml").read_text()
    known = {label for series in shown.values() for labels in series for label in labels} | TARGET
    kept = [label.strip() for labels in re.findall(r"(?:by|on) \(([^)]*)\)", rules) for label in labels.split(",")]
    kept += re.findall(r"\$labels\.(\w+)", rules)
    assert len(kept) > 20 and set(kept) <= known


def test_the_exporter_shows_what_a_server_shows(shown: Series) -> None:
    pages = [healthy(3), *(trouble(3) for trouble in TROUBLES.values())]
    for series in {series for page in pages for series in page}:
        name, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})?", series).groups()
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels or ""))
        assert name in shown, series
        for there in shown[name]:
            assert pairs.keys() == there.keys(), series
        for label in pairs.keys() & (WHOLE | {"grpc_method", "grpc_type", "grpc_service"}):
            # A bound of a bucket belongs to its method's values, so not every pair is asked for.
            assert pairs[label] in {there[label] for there in shown[name]}, series
        if "le" in pairs:
            assert pairs["le"] in {there["le"] for there in shown[name]}, series

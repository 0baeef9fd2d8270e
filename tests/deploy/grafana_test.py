"""deploy/grafana's provisioning: what it names is where compose puts it. The dashboard itself: dashboard_test.py."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def grafana(deploy: Path) -> dict[str, Any]:
    return yaml.safe_load((deploy / "compose/compose.yaml").read_text())["services"]["grafana"]


@pytest.fixture
def mounts(grafana: dict[str, Any], deploy: Path) -> dict[str, Path]:
    """Folders of the checkout by where they are in the container."""
    pairs = (volume.split(":") for volume in grafana["volumes"] if volume.startswith("."))
    return {inside: (deploy / "compose" / outside).resolve() for outside, inside, *_ in pairs}


def test_dashboards_are_found(mounts: dict[str, Path]) -> None:
    provisioning = mounts["/etc/grafana/provisioning"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/mlfsc.yml").read_text())["providers"]
    assert provider["type"] == "file"
    (dashboard,) = mounts[provider["options"]["path"]].glob("*.json")
    # Grafana takes a file for a dashboard when it has these, and no number of its own.
    content = json.loads(dashboard.read_text())
    assert content["title"] and content["uid"] and content["panels"] and content.get("id") is None


def test_the_data_source_is_composes_prometheus(mounts: dict[str, Path], deploy: Path) -> None:
    provisioning = mounts["/etc/grafana/provisioning"]
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    prometheus = yaml.safe_load((deploy / "compose/compose.yaml").read_text())["services"]["prometheus"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert host == "prometheus" and f"--web.listen-address=0.0.0.0:{port}" in prometheus["command"]
    configuration = yaml.safe_load((deploy / "prometheus/prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == configuration["global"]["scrape_interval"]
    # The dashboard leaves the choice to a variable, which takes the default.
    assert source["type"] == "prometheus" and source["isDefault"]

"""deploy/kubernetes/operator: the schemas of Prometheus' operator, strictly (no unknown field), and what the objects say of the others.

The schemas are models that are generated from the operator's own (cloudcoil.models.prometheus_operator, whose version begins with the operator's).
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from cloudcoil.models.prometheus_operator import v1
from pydantic import ValidationError

from deploy import prometheus_rule

MODELS = {"PodMonitor": v1.PodMonitor, "ServiceMonitor": v1.ServiceMonitor, "PrometheusRule": v1.PrometheusRule}

Manifest = dict[str, Any]


def resources(folder: Path) -> list[Manifest]:
    """Of a kustomization and those that it names."""
    found = []
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = (folder / name).resolve()
        found += resources(path) if path.is_dir() else [yaml.safe_load(path.read_text())]
    return found


@pytest.fixture
def operator(deploy: Path) -> Path:
    return deploy / "kubernetes/operator"


def read(file: Path) -> Manifest:
    manifest: Manifest = yaml.safe_load(file.read_text())
    return manifest


@pytest.fixture
def pod_monitor(operator: Path) -> Manifest:
    return read(operator / "pods/pod-monitor.yaml")


@pytest.fixture
def service_monitor(operator: Path) -> Manifest:
    return read(operator / "services/service-monitor.yaml")


def unknown(manifest: Any, known: Any, path: str = "") -> list[str]:
    """Fields of a manifest that its model passed over."""
    if isinstance(manifest, dict):
        return [
            field
            for key, value in manifest.items()
            for field in (unknown(value, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"])
        ]
    if isinstance(manifest, list):
        return [field for i, value in enumerate(manifest) for field in unknown(value, known[i], f"{path}[{i}]")]
    return []


def check(manifest: Manifest) -> None:
    model = MODELS[manifest["kind"]].model_validate(manifest)
    assert manifest["apiVersion"] == model.api_version == "monitoring.coreos.com/v1"
    assert unknown(manifest, model.model_dump(by_alias=True, exclude_unset=True, mode="json")) == []


@pytest.mark.parametrize(("folder", "kinds"), [("pods", {"PodMonitor", "PrometheusRule"}), ("services", {"ServiceMonitor", "PrometheusRule"})])
def test_every_object_fits_its_schema(operator: Path, folder: str, kinds: set[str]) -> None:
    manifests = resources(operator / folder)
    assert {manifest["kind"] for manifest in manifests} == kinds
    for manifest in manifests:
        check(manifest)


def test_every_manifest_is_in_a_kustomization(operator: Path) -> None:
    files = [file for file in operator.rglob("*.yaml") if file.name != "kustomization.yaml"]
    # The rules are in both.
    assert len(files) == len(resources(operator / "pods") + resources(operator / "services")) - 1


def test_the_namespace_is_the_servers(deploy: Path, operator: Path) -> None:
    namespace = read(deploy / "kubernetes/kustomization.yaml")["namespace"]
    for folder in ("pods", "rules", "services"):
        assert read(operator / folder / "kustomization.yaml")["namespace"] == namespace


@pytest.mark.parametrize(
    ("mistake", "error"),
    [
        (lambda spec: spec.update(joblabel="x"), AssertionError),
        (lambda spec: spec["podMetricsEndpoints"][0].update(prot="metrics"), AssertionError),
        (lambda spec: spec["podMetricsEndpoints"][0].update(interval="often"), ValidationError),
        (lambda spec: spec.update(sampleLimit="many"), ValidationError),
        (lambda spec: spec.pop("selector"), ValidationError),
    ],
)
def test_the_schemas_can_fail(pod_monitor: Manifest, mistake: Any, error: type[Exception]) -> None:
    manifest = copy.deepcopy(pod_monitor)
    mistake(manifest["spec"])
    with pytest.raises(error):
        check(manifest)


def test_the_rules_are_those_of_deploy_prometheus(deploy: Path) -> None:
    assert prometheus_rule.FILE.read_text() == prometheus_rule.text(), "python3 tests/deploy/prometheus_rule.py writes it"
    files = [read(deploy / "prometheus" / name) for name in ("rules.yml", "alerts.yml")]
    assert read(prometheus_rule.FILE)["spec"]["groups"] == [group for file in files for group in file["groups"]]


def test_monitors_meet_the_servers(deploy: Path, pod_monitor: Manifest, service_monitor: Manifest) -> None:
    deployment = read(deploy / "kubernetes/deployment.yaml")["spec"]["template"]
    service = read(deploy / "kubernetes/service.yaml")
    job = read(deploy / "kubernetes/training/job.yaml")["spec"]["template"]
    by_pod = pod_monitor["spec"]["selector"]["matchLabels"].items()
    assert by_pod <= deployment["metadata"]["labels"].items()
    assert not by_pod <= job["metadata"]["labels"].items()
    assert service_monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (port,) = [endpoint["port"] for endpoint in pod_monitor["spec"]["podMetricsEndpoints"]]
    assert port in {p["name"] for p in deployment["spec"]["containers"][0]["ports"]}
    (port,) = [endpoint["port"] for endpoint in service_monitor["spec"]["endpoints"]]
    assert port in {p["name"] for p in service["spec"]["ports"]}


def test_monitors_read_as_prometheus_yml_does(deploy: Path, pod_monitor: Manifest, service_monitor: Manifest) -> None:
    configuration = read(deploy / "prometheus/prometheus.yml")
    (scrape,) = configuration["scrape_configs"]
    for spec, endpoints in ((pod_monitor["spec"], "podMetricsEndpoints"), (service_monitor["spec"], "endpoints")):
        assert spec["sampleLimit"] == scrape["sample_limit"]
        assert [endpoint["interval"] for endpoint in spec[endpoints]] == [configuration["global"]["scrape_interval"]]

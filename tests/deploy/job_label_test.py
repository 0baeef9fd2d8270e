"""The rules, the alerts and the dashboard ask for one job: each way that the project names to read the servers gives their series that job.

What Prometheus makes of targets is asked of promtool. Targets of Kubernetes stand in a list: Debian's Prometheus has no discovery there. What is in
the list are the labels that discovery documents, taken from the manifests. What the operator makes of a monitor is written down in `of_operator`,
from its documentation of jobLabel, port and selector.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

Labels = dict[str, str]

META = "__meta_kubernetes"


def read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    return content


def asked_jobs(text: str) -> set[str]:
    return set(re.findall(r'\bjob=~?\\?"([^"\\]*)', text))


@pytest.fixture(scope="session")
def job(deploy: Path) -> str:
    """What everything asks for."""
    files = [deploy / "prometheus/rules.yml", deploy / "prometheus/alerts.yml", deploy / "grafana/dashboards/mlfsc.json"]
    asked = [asked_jobs(file.read_text()) for file in files]
    assert all(asked)
    (job,) = set().union(*asked)
    return job


def test_no_selector_of_the_rules_goes_without_the_job(deploy: Path, job: str) -> None:
    """A selector without it would take other programs' series, too."""
    rules = [rule for name in ("rules.yml", "alerts.yml") for group in read(deploy / "prometheus" / name)["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        for name, _, matchers in re.findall(r"\b((?:mlfsc|grpc|process)_\w+|up|(?:\w+:)+\w+)(\{([^}]*)\})", rule["expr"]):
            assert name in recorded or f'job="{job}"' in matchers, rule["expr"]


def targets(scrape: dict[str, Any], discovered: list[Labels], folder: Path) -> list[Labels]:
    """What becomes of targets: the labels of those that are kept."""
    scrape = {key: value for key, value in scrape.items() if not key.endswith("_sd_configs")}
    listed = [{"targets": [target.pop("__address__")], "labels": target} for target in map(dict, discovered)]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": [scrape | {"static_configs": listed}]}))
    # It waits for more targets as long as it may, also when it has them all.
    for wait in (1, 5, 30):
        command = ["promtool", "check", "service-discovery", f"--timeout={wait}s", file, scrape["job_name"]]
        said = subprocess.run(command, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout + said.stderr
        if seen := json.loads(said.stdout):
            break
    # All of them, also those that are left out.
    assert sum(len(target["discoveredLabels"]) > 0 for target in seen) == len(discovered)
    return [target["labels"] for target in seen if target["labels"]]


def label_name(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def metadata(of: str, manifest: dict[str, Any]) -> Labels:
    """Labels and annotations as discovery shows them."""
    found = {f"{META}_{of}_name": manifest.get("name", "a")}
    for kind, key in (("label", "labels"), ("annotation", "annotations")):
        for name, value in manifest.get(key, {}).items():
            found |= {f"{META}_{of}_{kind}_{label_name(name)}": value, f"{META}_{of}_{kind}present_{label_name(name)}": "true"}
    return found


def pods(template: dict[str, Any], name: str, address: str = "10.0.0.7") -> list[Labels]:
    """As discovery of pods shows a pod: once for each port of a container, or once without."""
    found = []
    for container in template["spec"]["containers"]:
        common = {
            **metadata("pod", template["metadata"] | {"name": name}),
            f"{META}_namespace": "mlfsc",
            f"{META}_pod_phase": "Running",
            f"{META}_pod_container_name": container["name"],
        }
        for port in container.get("ports", []):
            number = str(port["containerPort"])
            found.append(
                common
                | {
                    "__address__": f"{address}:{number}",
                    f"{META}_pod_container_port_name": port["name"],
                    f"{META}_pod_container_port_number": number,
                }
            )
        if not container.get("ports"):
            found.append(common | {"__address__": address})
    return found


def endpoints(service: dict[str, Any], servers: list[Labels]) -> list[Labels]:
    """As discovery of endpoints shows them: the pods' targets, by the Service's name for the port."""
    return [
        server
        | metadata("service", service["metadata"])
        | {f"{META}_endpoint_port_name": port["name"], f"{META}_endpoint_address_target_kind": "Pod"}
        for server in servers
        for port in service["spec"]["ports"]
        if port["targetPort"] == server[f"{META}_pod_container_port_name"]
    ]


@pytest.fixture
def servers(deploy: Path) -> list[Labels]:
    return pods(read(deploy / "kubernetes/deployment.yaml")["spec"]["template"], "mlfsc-5d4f-x2")


@pytest.fixture
def others(deploy: Path) -> list[Labels]:
    """Of the same namespace: a training, and a program of somebody else's with the same annotations."""
    training = pods(read(deploy / "kubernetes/training/job.yaml")["spec"]["template"], "mlfsc-train-9", "10.0.0.8")
    stranger = {
        "metadata": {
            "labels": {"app.kubernetes.io/name": "exporter"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9100"},
        },
        "spec": {"containers": [{"name": "exporter", "ports": [{"name": "metrics", "containerPort": 9100}]}]},
    }
    return training + pods(stranger, "exporter-1", "10.0.0.9")


def of_operator(monitor: dict[str, Any]) -> dict[str, Any]:
    """The job that Prometheus' operator makes of a monitor's only endpoint."""
    by_pod = monitor["kind"] == "PodMonitor"
    of, port = ("pod", "pod_container_port_name") if by_pod else ("service", "endpoint_port_name")
    spec = monitor["spec"]
    (endpoint,) = spec["podMetricsEndpoints" if by_pod else "endpoints"]
    name = monitor["metadata"]["name"]
    relabelling: list[dict[str, Any]] = [{"source_labels": ["job"], "target_label": "__tmp_prometheus_job_name"}]
    for label, value in spec["selector"]["matchLabels"].items():
        sources = [f"{META}_{of}_{kind}_{label_name(label)}" for kind in ("label", "labelpresent")]
        relabelling.append({"action": "keep", "source_labels": sources, "regex": f"({value});true"})
    relabelling += [
        {"action": "keep", "source_labels": [f"{META}_{port}"], "regex": endpoint["port"]},
        {"action": "drop", "source_labels": [f"{META}_pod_phase"], "regex": "(Failed|Succeeded)"},
        {"source_labels": [f"{META}_namespace"], "target_label": "namespace"},
        {"source_labels": [f"{META}_pod_name"], "target_label": "pod"},
        {"source_labels": [f"{META}_pod_container_name"], "target_label": "container"},
        # What it is without jobLabel, or without the label that it names.
        {"target_label": "job", "replacement": f"mlfsc/{name}"}
        if by_pod
        else {"source_labels": [f"{META}_service_name"], "target_label": "job"},
    ]
    if "jobLabel" in spec:
        source = f"{META}_{of}_label_{label_name(spec['jobLabel'])}"
        relabelling.append({"source_labels": [source], "regex": "(.+)", "target_label": "job"})
    relabelling.append({"target_label": "endpoint", "replacement": endpoint["port"]})
    return {"job_name": f"{'pod' if by_pod else 'service'}Monitor/mlfsc/{name}/0", "relabel_configs": relabelling}


def test_a_list_of_addresses(deploy: Path, job: str, tmp_path: Path) -> None:
    (scrape,) = read(deploy / "prometheus/prometheus.yml")["scrape_configs"]
    found = targets(scrape, [{"__address__": address} for address in scrape.pop("static_configs")[0]["targets"]], tmp_path)
    assert [target["job"] for target in found] == [job]


def test_annotated_pods(deploy: Path, job: str, servers: list[Labels], others: list[Labels], tmp_path: Path) -> None:
    (scrape,) = read(deploy / "prometheus/kubernetes.yml")["scrape_configs"]
    found = targets(scrape, servers + others, tmp_path)
    (server,) = [target for target in found if target["job"] == job]
    assert (server["instance"], server["namespace"], server["pod"]) == ("10.0.0.7:9464", "mlfsc", "mlfsc-5d4f-x2")
    # What others annotate is theirs, and a training has no annotation.
    assert [(target["job"], target["pod"]) for target in found if target is not server] == [("exporter", "exporter-1")]


def test_annotated_pods_are_of_another_job_without_the_relabelling(deploy: Path, job: str, servers: list[Labels], tmp_path: Path) -> None:
    (scrape,) = read(deploy / "prometheus/kubernetes.yml")["scrape_configs"]
    scrape["relabel_configs"] = [step for step in scrape["relabel_configs"] if step.get("target_label") != "job"]
    (found,) = targets(scrape, servers, tmp_path)
    assert found["job"] == "pods" != job


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_that_have_ended_are_not_down(deploy: Path, servers: list[Labels], phase: str, tmp_path: Path) -> None:
    (scrape,) = read(deploy / "prometheus/kubernetes.yml")["scrape_configs"]
    assert targets(scrape, [server | {f"{META}_pod_phase": phase} for server in servers], tmp_path) == []


def test_a_pod_monitor(deploy: Path, job: str, servers: list[Labels], others: list[Labels], tmp_path: Path) -> None:
    monitor = read(deploy / "kubernetes/operator/pods/pod-monitor.yaml")
    (found,) = targets(of_operator(monitor), servers + others, tmp_path)
    assert (found["job"], found["instance"], found["namespace"], found["pod"]) == (job, "10.0.0.7:9464", "mlfsc", "mlfsc-5d4f-x2")
    del monitor["spec"]["jobLabel"]
    (found,) = targets(of_operator(monitor), servers, tmp_path)
    assert found["job"] == "mlfsc/mlfsc"


def test_a_service_monitor(deploy: Path, job: str, servers: list[Labels], tmp_path: Path) -> None:
    service = read(deploy / "kubernetes/service.yaml")
    monitor = read(deploy / "kubernetes/operator/services/service-monitor.yaml")
    (found,) = targets(of_operator(monitor), endpoints(service, servers), tmp_path)
    assert (found["job"], found["instance"], found["namespace"], found["pod"]) == (job, "10.0.0.7:9464", "mlfsc", "mlfsc-5d4f-x2")
    # Also where the Service is called otherwise, as after a namePrefix.
    service["metadata"]["name"] = "line-mlfsc"
    (found,) = targets(of_operator(monitor), endpoints(service, servers), tmp_path)
    assert found["job"] == job


def test_the_pods_annotation_names_the_port_of_the_metrics(deploy: Path) -> None:
    template = read(deploy / "kubernetes/deployment.yaml")["spec"]["template"]
    ports = {port["name"]: str(port["containerPort"]) for port in template["spec"]["containers"][0]["ports"]}
    assert template["metadata"]["annotations"]["prometheus.io/port"] == ports["metrics"]

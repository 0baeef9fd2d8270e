"""deploy/kubernetes: the Kubernetes schemas, strictly (no unknown field), and what the objects say of each other."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

# The oldest that is supported here, and the newest that is known here.
VERSIONS = ["1.27", kubernetes_validate.latest_version()]


def objects(folder: Path) -> list[dict[str, Any]]:
    """Of the kustomization in a folder."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return [yaml.safe_load((folder / name).read_text()) for name in kustomization["resources"]]


@pytest.fixture
def all_objects(deploy: Path) -> list[dict[str, Any]]:
    return objects(deploy / "kubernetes") + objects(deploy / "kubernetes/training")


def one(kind: str, among: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [o for o in among if o["kind"] == kind]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_its_schema(all_objects: list[dict[str, Any]], version: str) -> None:
    for manifest in all_objects:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_can_fail(all_objects: list[dict[str, Any]]) -> None:
    deployment = one("Deployment", all_objects)
    deployment["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["exce"] = {"command": ["true"]}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_every_manifest_is_in_a_kustomization(deploy: Path, all_objects: list[dict[str, Any]]) -> None:
    folder = deploy / "kubernetes"
    # Values of a chart, not an object; what the operator's own kustomizations hold: operator_test.py.
    files = set(folder.rglob("*.yaml")) - {folder / "prometheus-adapter.yaml"} - set((folder / "operator").rglob("*.yaml"))
    assert len([f for f in files if f.name != "kustomization.yaml"]) == len(all_objects)


def test_selectors_meet_the_servers(all_objects: list[dict[str, Any]]) -> None:
    labels = one("Deployment", all_objects)["spec"]["template"]["metadata"]["labels"].items()
    for kind, selector in [
        ("Deployment", lambda o: o["spec"]["selector"]["matchLabels"]),
        ("Service", lambda o: o["spec"]["selector"]),
        ("PodDisruptionBudget", lambda o: o["spec"]["selector"]["matchLabels"]),
        ("NetworkPolicy", lambda o: o["spec"]["podSelector"]["matchLabels"]),
    ]:
        assert selector(one(kind, all_objects)).items() <= labels, kind
    # The Service sends nothing to a job.
    job = one("Job", all_objects)["spec"]["template"]["metadata"]["labels"].items()
    assert not one("Service", all_objects)["spec"]["selector"].items() <= job
    target = one("HorizontalPodAutoscaler", all_objects)["spec"]["scaleTargetRef"]
    assert target["name"] == one("Deployment", all_objects)["metadata"]["name"]


def test_servers_cannot_write_to_the_store_and_jobs_can(all_objects: list[dict[str, Any]]) -> None:
    def store_mount(pod: dict[str, Any]) -> dict[str, Any]:
        claim = one("PersistentVolumeClaim", all_objects)["metadata"]["name"]
        (volume,) = [v for v in pod["volumes"] if v.get("persistentVolumeClaim", {}).get("claimName") == claim]
        (mount,) = [m for m in pod["containers"][0]["volumeMounts"] if m["name"] == volume["name"]]
        return mount

    server = one("Deployment", all_objects)["spec"]["template"]["spec"]
    assert store_mount(server)["readOnly"] is True
    assert "--store_readonly" in server["containers"][0]["args"]
    # The only way for them to hear of a job's work.
    assert any(re.fullmatch(r"--store_poll=\d+s", argument) for argument in server["containers"][0]["args"])
    assert "readOnly" not in store_mount(one("Job", all_objects)["spec"]["template"]["spec"])


def test_all_run_as_the_images_user_on_a_read_only_root(all_objects: list[dict[str, Any]], source: Path) -> None:
    user = int(re.search(r"^USER (\d+):", (source / "Dockerfile").read_text(), re.MULTILINE).group(1))
    for kind in ["Deployment", "Job"]:
        pod = one(kind, all_objects)["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsUser"] == user
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_server_has_the_options_it_is_given(all_objects: list[dict[str, Any]], server_options: str) -> None:
    for argument in one("Deployment", all_objects)["spec"]["template"]["spec"]["containers"][0]["args"]:
        option = argument.split("=")[0]
        assert re.search(rf"{option}\b", server_options), option


def test_a_pod_has_time_to_drain(all_objects: list[dict[str, Any]]) -> None:
    pod = one("Deployment", all_objects)["spec"]["template"]["spec"]
    (server,) = pod["containers"]
    (drain,) = [a for a in server["args"] if a.startswith("--drain_timeout=")]
    before = int(server["lifecycle"]["preStop"]["exec"]["command"][1])
    assert before + int(re.search(r"=(\d+)s", drain).group(1)) < pod["terminationGracePeriodSeconds"]


def test_the_autoscaler_reads_a_metric_that_the_adapter_offers(all_objects: list[dict[str, Any]], deploy: Path) -> None:
    (metric,) = one("HorizontalPodAutoscaler", all_objects)["spec"]["metrics"]
    adapter = yaml.safe_load((deploy / "kubernetes/prometheus-adapter.yaml").read_text())
    assert metric["pods"]["metric"]["name"] in adapter["rules"]["custom"][0]["seriesQuery"]


class WithStore:
    """The script of the training job, with programs that only tell what they were asked."""

    def __init__(self, manifests: list[dict[str, Any]], folder: Path) -> None:
        self.folder = folder
        self.script = folder / "with-store"
        self.script.write_text(one("ConfigMap", manifests)["data"]["with-store"])
        self.program("mlfsc-server", "trap 'echo stopped >>server; exit 0' TERM; touch up; while :; do sleep 0.05; done")

    def program(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(self, *command: str) -> int:
        environment = os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(["sh", self.script, *command], cwd=self.folder, env=environment, timeout=30).returncode


def test_a_job_ends_with_its_commands_code_and_stops_its_server(
    all_objects: list[dict[str, Any]], tmp_path: Path
) -> None:
    with_store = WithStore(all_objects, tmp_path)
    with_store.program("mlfsc", '[ "$1" = health ] && { [ -e up ]; exit; }; echo "$@" >>asked; exit 3')
    assert with_store.run("mlfsc", "train", "carpet", "/pictures") == 3
    assert (tmp_path / "asked").read_text() == "train carpet /pictures\n"
    assert (tmp_path / "server").read_text() == "stopped\n"


def test_a_job_fails_when_its_server_does_not_start(all_objects: list[dict[str, Any]], tmp_path: Path) -> None:
    with_store = WithStore(all_objects, tmp_path)
    with_store.program("mlfsc-server", "exit 1")
    with_store.program("mlfsc", "exit 1")
    assert with_store.run("mlfsc", "train", "carpet", "/pictures") == 1

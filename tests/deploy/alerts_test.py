"""deploy/prometheus by itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml


@pytest.mark.parametrize(
    "command",
    [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "--lint-fatal", "rules.yml", "alerts.yml"],
        ["test", "rules", "tests.yml"],
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing(source: Path, command: list[str]) -> None:
    run = subprocess.run(["promtool", *command], cwd=source / "deploy/prometheus", capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_promtool_finds_nothing_in_the_clusters_configuration(source: Path, tmp_path: Path) -> None:
    """But for the discovery, which Debian's Prometheus is built without."""
    config = yaml.safe_load((source / "deploy/prometheus/kubernetes.yml").read_text())
    (scrape,) = config["scrape_configs"]
    assert scrape.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["mlfsc"]}}]
    (tmp_path / "kubernetes.yml").write_text(yaml.safe_dump(config))
    for name in config["rule_files"]:
        (tmp_path / name).write_bytes((source / "deploy/prometheus" / name).read_bytes())
    run = subprocess.run(["promtool", "check", "config", tmp_path / "kubernetes.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_both_configurations_are_the_same_but_for_the_targets(source: Path) -> None:
    here, cluster = (yaml.safe_load((source / "deploy/prometheus" / name).read_text()) for name in ("prometheus.yml", "kubernetes.yml"))
    limits = [config.pop("scrape_configs")[0]["sample_limit"] for config in (here, cluster)]
    assert here == cluster and limits[0] == limits[1]


def alerts(source: Path) -> list[str]:
    return re.findall(r"- alert: (\w+)", (source / "deploy/prometheus/alerts.yml").read_text())


def test_every_alert_is_tested(source: Path) -> None:
    tests = (source / "deploy/prometheus/tests.yml").read_text()
    # Followed by an alert that is expected.
    fired = set(re.findall(r"alertname: (\w+)\n *eval_time: \w+\n *exp_alerts:", tests))
    assert fired == set(alerts(source))


def test_every_alert_that_waits_is_tested_while_it_waits(source: Path) -> None:
    """By a series that makes it fire later: a case that expects nothing, then one that expects it, in the same test."""
    rules = yaml.safe_load((source / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    waiting = {rule["alert"] for rule in rules if "for" in rule}
    held = set()
    for test in yaml.safe_load((source / "deploy/prometheus/tests.yml").read_text())["tests"]:
        quiet = {case["alertname"] for case in test.get("alert_rule_test", []) if not case.get("exp_alerts")}
        held |= quiet & {case["alertname"] for case in test.get("alert_rule_test", []) if case.get("exp_alerts")}
    assert waiting <= held


def test_every_alert_is_explained(source: Path) -> None:
    explained = re.findall(r"^### (Mlfsc\w+)", (source / "docs/operations.md").read_text(), flags=re.MULTILINE)
    assert explained == alerts(source)

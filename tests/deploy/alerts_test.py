"""deploy/prometheus by itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest


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


def alerts(source: Path) -> list[str]:
    return re.findall(r"- alert: (\w+)", (source / "deploy/prometheus/alerts.yml").read_text())


def test_every_alert_is_tested(source: Path) -> None:
    tests = (source / "deploy/prometheus/tests.yml").read_text()
    # Followed by an alert that is expected.
    fired = set(re.findall(r"alertname: (\w+)\n *eval_time: \w+\n *exp_alerts:", tests))
    assert fired == set(alerts(source))


def test_every_alert_is_explained(source: Path) -> None:
    explained = re.findall(r"^### (Mlfsc\w+)", (source / "docs/operations.md").read_text(), flags=re.MULTILINE)
    assert explained == alerts(source)

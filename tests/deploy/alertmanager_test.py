"""deploy/alertmanager by itself. That it delivers: firing_test.py."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.alertmanager import with_examples, with_webhooks


@pytest.fixture
def config(source: Path) -> str:
    return (source / "deploy/alertmanager/alertmanager.yml").read_text()


def amtool(*arguments: object) -> str:
    run = subprocess.run(["amtool", *map(str, arguments)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("made", [lambda config: config, with_examples, lambda config: with_webhooks(config, "127.0.0.1:1")])
def test_amtool_finds_nothing(config: str, made, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(made(config))
    assert "SUCCESS" in amtool("check-config", file)


def test_the_check_can_fail(config: str, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(config.replace("receiver: on-call", "receiver: nobody"))
    assert subprocess.run(["amtool", "check-config", file], capture_output=True).returncode != 0


@pytest.mark.parametrize(
    ("severity", "receiver"), [("critical", "on-call"), ("warning", "working-day"), ("info", "record"), ("", "record")]
)
def test_a_severity_has_its_receiver(source: Path, severity: str, receiver: str) -> None:
    file = source / "deploy/alertmanager/alertmanager.yml"
    labels = ["alertname=Any", *([f"severity={severity}"] if severity else [])]
    assert amtool("config", "routes", "test", f"--config.file={file}", *labels).split() == [receiver]


def test_every_severity_of_an_alert_has_a_route(source: Path) -> None:
    severities = set(re.findall(r"severity: (\w+)", (source / "deploy/prometheus/alerts.yml").read_text()))
    assert severities == {"critical", "warning", "info"}


def test_as_it_is_it_tells_nobody_and_the_examples_reach_everybody_who_is_to_be_told(config: str) -> None:
    assert yaml.safe_load(config)["receivers"] == [{"name": name} for name in ("record", "on-call", "working-day")]
    record, *told = yaml.safe_load(with_examples(config))["receivers"]
    assert record == {"name": "record"}
    for receiver in told:
        assert receiver["webhook_configs"] and receiver["email_configs"], receiver["name"]

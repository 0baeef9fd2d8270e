"""The page that Prometheus reads."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from deploy.monitored_server import MonitoredServer
from deploy.traffic import UNKNOWN_CATEGORY, Traffic


def names(page: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\w+)", page, flags=re.MULTILINE))


def test_promtool_finds_nothing(server: MonitoredServer, traffic: Traffic) -> None:
    run = subprocess.run(["promtool", "check", "metrics"], input=server.page(), capture_output=True, text=True)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_every_series_is_documented_and_there(source: Path, server: MonitoredServer, traffic: Traffic) -> None:
    documented = re.findall(r"^\| `(\w+)", (source / "docs/metrics.md").read_text(), flags=re.MULTILINE)
    assert sorted(names(server.page())) == sorted(documented)


def test_an_unknown_category_is_no_label(server: MonitoredServer, traffic: Traffic) -> None:
    page = server.page()
    assert UNKNOWN_CATEGORY not in page
    assert re.search(r'grpc_server_handled_total\{grpc_code="NotFound",grpc_method="Score",.*\} 2', page)


def test_a_metric_has_one_help_and_one_type(server: MonitoredServer, traffic: Traffic) -> None:
    for word in ("HELP", "TYPE"):
        found = re.findall(rf"^# {word} (\w+)", server.page(), flags=re.MULTILINE)
        assert len(found) == len(set(found))

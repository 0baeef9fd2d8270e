"""What the tests of deploy/ share: the checkout, and a server with some traffic behind it that a Prometheus watched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.monitored_server import MonitoredServer
from deploy.prometheus import Prometheus
from deploy.traffic import Traffic


@pytest.fixture(scope="session")
def source() -> Path:
    """The checkout."""
    return Path(os.environ["MLFSC_SOURCE"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitoredServer]:
    with MonitoredServer(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def prometheus(
    source: Path, server: MonitoredServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    with Prometheus(source / "deploy/prometheus", [server.metrics], tmp_path_factory.mktemp("prometheus")) as prometheus:
        yield prometheus


@pytest.fixture(scope="session")
def traffic(server: MonitoredServer, prometheus: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """What happened on the server, all of it read by Prometheus and seen by its rules."""
    traffic = Traffic(server, prometheus, tmp_path_factory.mktemp("pictures"))
    traffic.make()
    return traffic


@pytest.fixture(scope="session")
def deploy(source: Path) -> Path:
    return source / "deploy"


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the binaries."""
    return Path(os.environ["MLFSC_BIN"])


@pytest.fixture(scope="session")
def server_options(programs: Path) -> str:
    """What `mlfsc-server --help` says."""
    return subprocess.run([programs / "mlfsc-server", "--help"], check=True, capture_output=True, text=True).stdout

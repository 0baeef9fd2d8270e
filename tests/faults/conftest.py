"""One server for all tests of a ctest: each fault is done to the same process, which has to survive them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.control import Control, write_functions
from faults.good import GoodRequests
from faults.server import PROGRAMS, Server

# The short form fits into ctest; the long one is `scripts/check faults`.
LONG = os.environ.get("MLFSC_FAULTS_LONG", "") == "1"


@pytest.fixture(scope="session")
def control(tmp_path_factory: pytest.TempPathFactory) -> Control:
    return Control(tmp_path_factory.mktemp("faults") / "control")


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "functions"
    write_functions(PROGRAMS / "mlfsc-server", path)
    return path


@pytest.fixture(scope="session")
def server(control: Control, functions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(
        tmp_path_factory.mktemp("server"),
        "--store_poll=200ms",
        "--max_trainings=2",
        "--decode_timeout=1s",
        control=control,
        functions=functions,
    ) as server:
        yield server


@pytest.fixture(scope="session")
def good(server: Server, request: pytest.FixtureRequest) -> Iterator[GoodRequests]:
    good = GoodRequests(server)
    yield good
    # For docs/reliability.md.
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line(f"\n{good.faults} faults, {good.asked} good requests after them, 0 wrong")


@pytest.fixture(autouse=True)
def answers_right_afterwards(good: GoodRequests, server: Server) -> Iterator[None]:
    """After every test, whatever it did."""
    yield
    assert server.alive, server.text()
    good.check(server)

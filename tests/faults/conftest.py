"""One server for all tests of a ctest: each fault is done to the same process, which has to survive them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.control import Control, write_functions
from faults.good import GoodRequests
from faults.server import PROGRAMS, Server
from faults.tally import Tally

# The short form fits into ctest; the long one is `scripts/check faults`.
LONG = os.environ.get("MLFSC_FAULTS_LONG", "") == "1"

TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash[TALLY]
    terminalreporter.write_line(str(tally))
    if path := os.environ.get("MLFSC_FAULTS_TALLIES"):
        tally.append_to(Path(path))


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def control(tmp_path_factory: pytest.TempPathFactory) -> Control:
    return Control(tmp_path_factory.mktemp("faults") / "control")


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "functions"
    write_functions(PROGRAMS / "mlfsc-server", path)
    return path


@pytest.fixture(scope="session")
def good(server: Server, tally: Tally) -> GoodRequests:
    """Of `server`, which inside/ and outside/ have each their own way."""
    return GoodRequests(server, tally)


@pytest.fixture(autouse=True)
def answers_right_afterwards(good: GoodRequests, server: Server) -> Iterator[None]:
    """After every test, whatever it did."""
    yield
    assert server.alive, server.text()
    good.check(server)

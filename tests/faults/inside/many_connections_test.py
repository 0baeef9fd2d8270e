"""More connections than there are stations, and more than there are files."""

from __future__ import annotations

import contextlib
import resource
import time

import pytest

from faults import frames as h2
from faults.conftest import LONG
from faults.good import GoodRequests
from faults.server import Server, await_true

WINDOW_SECONDS = 1.0 if LONG else 0.3


def processor_use(server: Server) -> float:
    """Seconds of processor a second, for the time of a window."""
    before = server.cpu_seconds()
    time.sleep(WINDOW_SECONDS)
    return (server.cpu_seconds() - before) / WINDOW_SECONDS


def test_ten_thousand_connections(
    server: Server, good: GoodRequests, request: pytest.FixtureRequest
) -> None:
    """A thousand in ctest. Half of them say nothing at all, half open HTTP/2 and wait."""
    count = 10_000 if LONG else 1_000
    wanted = count + 2_000
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < wanted:
        pytest.skip(f"a process may have {most} files open; this wants {wanted}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (wanted, most))
    resident, files = server.status("VmRSS"), server.open_files()
    connections = []
    for index in range(count):
        connection = h2.connect(server.port, source=f"127.0.0.{2 + index % 8}")
        if index % 2 == 0:
            connection.sendall(h2.PREFACE + h2.settings())
        connections.append(connection)
    await_true(lambda: server.open_files() >= files + count, "all are accepted")
    good.faults["connections at once"] += count
    began = time.monotonic()
    good.check(server, channel=server.connect())
    took = time.monotonic() - began
    uses: list[float] = []

    def idles() -> bool:
        uses.append(processor_use(server))
        return uses[-1] < 0.1

    await_true(idles, "they cost no processor time")
    more = server.status("VmRSS") - resident
    per_file = (server.open_files() - files) / count
    for connection in connections:
        connection.close()
    await_true(lambda: server.open_files() < files + 50, "all are closed")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line(
        f"\n{count} connections: {more / count:.1f} KiB resident and {per_file:.2f} files each, "
        f"{uses[-1]:.2f} s of processor a second, two scores in {took * 1000:.0f} ms meanwhile"
    )


def test_no_more_files_than_there_are(server: Server, good: GoodRequests) -> None:
    """Connections beyond the limit are refused; neither does the server spin, nor does it stop listening."""
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    limit = server.open_files() + 20
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, hard))
    connections = [h2.connect(server.port) for _ in range(60)]
    good.faults["connections at once"] += 60
    # On a connection that there is already.
    good.check(server)
    await_true(lambda: processor_use(server) < 0.1, "it does not spin")
    for connection in connections:
        connection.close()
    # Still with the low limit.
    await_true(lambda: server.open_files() < limit - 5, "the files are closed")
    good.check(server, channel=server.connect())
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    with contextlib.suppress(OSError):
        h2.exchange(server.port, h2.PREFACE + h2.settings())
    good.check(server, channel=server.connect())

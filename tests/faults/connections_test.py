"""Connections that fall silent, that read or write slowly, and more of them than there are files."""

from __future__ import annotations

import contextlib
import resource
import socket
import time
from collections.abc import Iterator

import pytest

from faults import frames as h2
from faults.conftest import LONG
from faults.control import Control
from faults.good import HOLE, GoodRequests
from faults.server import Server, await_true
from mlfsc.v1 import inspection_pb2 as pb

OPENING = h2.PREFACE + h2.settings()
PATIENT = "--keepalive_interval=1s", "--keepalive_timeout=1s", "--reply_timeout=1s", "--train_idle_timeout=1s"


@pytest.fixture(scope="module")
def impatient(
    control: Control, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, GoodRequests]]:
    """A server that waits a second for a client, not minutes."""
    with Server(tmp_path_factory.mktemp("impatient"), *PATIENT, control=control) as server:
        yield server, GoodRequests(server)


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it; what it sent before is thrown away."""
    connection.settimeout(0.001)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def opened(port: int, sent: bytes) -> socket.socket:
    connection = h2.connect(port)
    connection.sendall(sent)
    return connection


def test_silent_connections_are_closed(impatient: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    """After the settings, in the midst of the headers, of a message, and of a Train."""
    server, here = impatient
    body = h2.message("felt", HOLE)
    train = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers("/mlfsc.v1.InspectionService/Train"))
    beginnings = [
        OPENING,
        OPENING + h2.frame(h2.HEADERS, 0, 1, h2.request_headers()),
        OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers()) + h2.frame(h2.DATA, 0, 1, body[:7000]),
        OPENING + train,
    ]
    before = server.open_files()
    silent = [opened(server.port, beginning) for beginning in beginnings for _ in range(25 if LONG else 5)]
    good.faults += len(silent)
    while not all(map(is_closed, silent)):
        here.check(server)
        good.asked += 2
    for connection in silent:
        connection.close()
    await_true(lambda: server.open_files() <= before + 2, "the files are closed")


def test_a_half_open_connection_is_closed(impatient: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    """The other side is gone and says nothing of it, also not that it got what was sent: no room in its buffers."""
    server, here = impatient
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(OPENING + h2.frame(h2.PING, payload=bytes(8)) * 2000)
        good.faults += 1
        began = time.monotonic()
        while time.monotonic() - began < (10 if LONG else 0.5):
            here.check(server)
            good.asked += 2


def test_slow_readers_are_given_up(impatient: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    """Of a map that is larger than the window they never open."""
    server, here = impatient
    request = pb.HeatmapRequest(category="felt", picture=pb.Picture(encoded=HOLE), format=pb.HeatmapRequest.FLOAT32_MAP)
    body = request.SerializeToString()
    body = b"\0" + len(body).to_bytes(4, "big") + body
    sent = h2.PREFACE + h2.settings((h2.INITIAL_WINDOW, 0)) + h2.call(body, path="/mlfsc.v1.InspectionService/Heatmap")
    slow = [opened(server.port, sent) for _ in range(50 if LONG else 10)]
    good.faults += len(slow)
    while not all(map(is_closed, slow)):
        here.check(server)
        good.asked += 2
    for connection in slow:
        connection.close()


def test_slow_writers_are_answered_and_keep_nobody_waiting(server: Server, good: GoodRequests) -> None:
    """A byte at a time."""
    connection = h2.connect(server.port)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = OPENING + h2.call(h2.message("felt", HOLE))
    for index in range(len(sent)):
        connection.sendall(sent[index : index + 1])
        if index % 3000 == 0:
            good.check(server)
    good.faults += 1
    connection.settimeout(10)
    answer = b""
    while b"grpc-status" not in answer:
        answer += connection.recv(65536)
    assert b"felt" in answer
    connection.close()


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
            connection.sendall(OPENING)
        connections.append(connection)
    await_true(lambda: server.open_files() >= files + count, "all are accepted")
    good.faults += count
    began = time.monotonic()
    good.check(server, channel=server.connect())
    took = time.monotonic() - began
    idle = server.cpu_seconds()
    time.sleep(1)
    idle = server.cpu_seconds() - idle
    more = server.status("VmRSS") - resident
    per_file = (server.open_files() - files) / count
    for connection in connections:
        connection.close()
    await_true(lambda: server.open_files() < files + 50, "all are closed")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line(
        f"\n{count} connections: {more / count:.1f} KiB resident and {per_file:.2f} files each, "
        f"{idle:.2f} s of processor a second, two scores in {took * 1000:.0f} ms meanwhile"
    )
    assert idle < 0.5


def test_no_more_files_than_there_are(server: Server, good: GoodRequests) -> None:
    """Connections beyond the limit are refused; neither does the server spin, nor does it stop listening."""
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    limit = server.open_files() + 20
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, hard))
    connections = [h2.connect(server.port) for _ in range(60)]
    good.faults += 60
    # On a connection that there is already.
    good.check(server)
    busy = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - busy < 0.5
    for connection in connections:
        connection.close()
    # Still with the low limit.
    await_true(lambda: server.open_files() < limit - 5, "the files are closed")
    good.check(server, channel=server.connect(), timeout=10)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    with contextlib.suppress(OSError):
        h2.exchange(server.port, OPENING)
    good.check(server, channel=server.connect(), timeout=10)

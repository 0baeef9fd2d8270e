"""Clients that vanish without a word: a cable pulled, a power cut. Neither FIN nor RST comes, and nothing that is sent to them arrives."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import frames as h2
from faults.conftest import LONG
from faults.good import GOOD, HOLE, QUICK, GoodRequests
from faults.own_network import Elsewhere, elsewhere
from faults.server import Server, await_true
from grpc_health.v1 import health_pb2

ADDRESS = "10.9.9.9"
OPENING = h2.PREFACE + h2.settings()
WATCH = "/grpc.health.v1.Health/Watch"


def begun(path: str) -> bytes:
    """A call whose message has not come."""
    return OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers(path))


# What a client had said before it vanished.
LAST_WORDS = {
    "nothing": b"",
    "half a preface": h2.PREFACE[:11],
    "settings": OPENING,
    "half the headers of a Score": OPENING + h2.frame(h2.HEADERS, 0, 1, h2.request_headers()),
    "half a Score": begun(h2.SCORE) + h2.frame(h2.DATA, 0, 1, h2.message("felt", HOLE)[:7000]),
    "a Score": OPENING + h2.call(h2.message("cloth", HOLE)),
    "many Scores": OPENING + b"".join(h2.call(h2.message("cloth", HOLE), stream) for stream in range(1, 16, 2)),
    "a Heatmap whose answer fills the connection": h2.PREFACE
    + h2.settings((h2.INITIAL_WINDOW, 1 << 24))
    + h2.frame(h2.WINDOW_UPDATE, payload=(1 << 24).to_bytes(4, "big"))
    + b"".join(h2.call(h2.large_map("felt", HOLE), stream, h2.HEATMAP) for stream in range(1, 100, 2)),
    "that it watches the health": OPENING + h2.call(h2.framed(health_pb2.HealthCheckRequest()), path=WATCH),
}


HALF_A_TRAIN = begun(h2.TRAIN) + h2.frame(h2.DATA, 0, 1, h2.train_start("vanished", QUICK["felt"]))
# That gRPC may have begun since, for all clients together.
LIBRARIES_THREADS = 8
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def machine() -> Iterator[Elsewhere]:
    with elsewhere(ADDRESS) as machine:
        yield machine


def kernel_connections(server: Server) -> int:
    """Connections of `server` with the machine that vanished, which the system may keep when the server has closed them."""
    local, remote = f":{server.port:04X}", socket.inet_aton(ADDRESS)[::-1].hex().upper() + ":"
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    return sum(words[1].endswith(local) and remote in words[2] for words in lines)


def calls_under_way(server: Server) -> float:
    return server.metric("grpc_server_started_total") - server.metric("grpc_server_handled_total")


class Crowd:
    """Clients of one server on the machine that will vanish: `count` of each kind, one that trains, and two that scrape."""

    def __init__(self, server: Server, good: GoodRequests, count: int) -> None:
        good.check(server)
        self._server = server
        self._good = good
        self._files, self._threads = server.open_files(), server.threads()
        self._sockets = [self._connect(words) for words in LAST_WORDS.values() for _ in range(count)]
        self._sockets.append(self._connect(HALF_A_TRAIN))
        await_true(lambda: server.metric("mlfsc_training_running") == 1, "a training is under way")
        # As many as the metrics' page has threads.
        for _ in range(2):
            self._sockets.append(h2.connect(int(server.metrics.rpartition(":")[2]), source=ADDRESS))
            self._sockets[-1].sendall(SCRAPE)
        good.faults["clients that vanished"] += len(self._sockets)

    def _connect(self, words: bytes) -> socket.socket:
        client = h2.connect(self._server.port, source=ADDRESS)
        client.sendall(words)
        return client

    def all_are_forgotten(self) -> bool:
        """Asks for a picture as well: others are answered right all the while."""
        self._good.check(self._server)
        ours, of_libraries = self._server.threads()
        return (
            self._server.open_files() <= self._files
            and ours <= self._threads[0]
            and of_libraries <= self._threads[1] + LIBRARIES_THREADS
        )

    def close(self) -> None:
        for client in self._sockets:
            client.close()


class TlsCrowd(Crowd):
    def __init__(self, server: Server, good: GoodRequests, count: int, certificate: Path) -> None:
        self._context = h2.tls_client(certificate)
        super().__init__(server, good, count)

    def _connect(self, words: bytes) -> socket.socket:
        client = super()._connect(b"")
        if not words:
            # Stays in the midst of the handshake.
            client.sendall(h2.tls_hello()[:100])
            return client
        client = self._context.wrap_socket(client)
        client.sendall(words)
        return client


def test_vanished_clients_are_forgotten(
    server: Server, secure: tuple[Server, GoodRequests], good: GoodRequests, machine: Elsewhere, certificate: Path
) -> None:
    """Whatever they were doing, within the limits that the servers were given: six seconds at most."""
    count = 5 if LONG else 1
    crowds = [Crowd(server, good, count), TlsCrowd(*secure, count, certificate)]
    machine.vanish()
    for crowd in crowds:
        await_true(crowd.all_are_forgotten, "files and threads of vanished clients are free")
    for asked, good_here in ((server, good), secure):
        await_true(lambda asked=asked: calls_under_way(asked) == 0, "their calls have ended")
        assert asked.metric("mlfsc_training_running") == 0
        await_true(lambda asked=asked: kernel_connections(asked) == 0, "the system keeps none either")
        # The desk of the training that nobody will go on with.
        assert asked.train("felt2", QUICK["felt"], GOOD).ok
        good_here.check(asked, channel=asked.connect())
    machine.come_back()
    for crowd in crowds:
        crowd.close()
    answer = h2.exchange(
        server.port, OPENING + h2.call(h2.message("felt", HOLE)), patience=30, until=b"grpc-status", source=ADDRESS
    )
    assert b"felt" in answer

"""Connections that fall silent, and clients that read or write slowly."""

from __future__ import annotations

import socket

from faults import frames as h2
from faults.conftest import LONG
from faults.good import HOLE, GoodRequests
from faults.server import PATIENCE, Server, await_true

OPENING = h2.PREFACE + h2.settings()


# What a client does before it does nothing any more.
SILENT = {
    "connections silent after the settings": OPENING,
    "connections silent in the midst of headers": OPENING + h2.frame(h2.HEADERS, 0, 1, h2.request_headers()),
    "connections silent in the midst of a message": OPENING
    + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers())
    + h2.frame(h2.DATA, 0, 1, h2.message("felt", HOLE)[:7000]),
    "connections silent in the midst of a Train": OPENING
    + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers(h2.TRAIN)),
    "connections whose client never reads": OPENING + h2.frame(h2.PING, payload=bytes(8)) * 2000,
    "answers that are never taken": h2.PREFACE
    + h2.settings((h2.INITIAL_WINDOW, 0))
    + h2.call(h2.large_map("felt", HOLE), path=h2.HEATMAP),
}


def test_silent_clients_are_given_up(server: Server, good: GoodRequests) -> None:
    """Nothing is read on any of these connections: neither pings are answered, nor does a buffer become free."""
    before = server.open_files()
    silent = []
    for kind, sent in SILENT.items():
        for _ in range(50 if LONG else 5):
            # Not to be as patient as 127.0.0.1 lets both be by default.
            connection = h2.connect(server.port, receive_buffer=2048)
            connection.sendall(sent)
            silent.append(connection)
            good.faults[kind] += 1
    await_true(lambda: server.open_files() > before, "they are accepted")

    def all_given_up() -> bool:
        good.check(server)
        return server.open_files() <= before + 2

    await_true(all_given_up, "the server has closed them")
    for connection in silent:
        connection.close()


def test_slow_writers_are_answered_and_keep_nobody_waiting(server: Server, good: GoodRequests) -> None:
    """A byte at a time."""
    connection = h2.connect(server.port)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = OPENING + h2.call(h2.message("felt", HOLE))
    for index in range(len(sent)):
        connection.sendall(sent[index : index + 1])
        if index % 3000 == 2999:
            good.check(server)
    good.faults["clients that write a byte at a time"] += 1
    connection.settimeout(PATIENCE)
    answer = b""
    while b"grpc-status" not in answer:
        piece = connection.recv(65536)
        assert piece, answer
        answer += piece
    assert b"felt" in answer
    connection.close()

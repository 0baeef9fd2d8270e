"""HTTP/2 that nobody who means well would send: on a connection of its own each time, after which others are answered as before."""

from __future__ import annotations

import contextlib
import random
import struct
import time

import pytest

from faults import frames as h2
from faults.conftest import LONG
from faults.good import HOLE, GoodRequests
from faults.server import Server

OPENING = h2.PREFACE + h2.settings()
HEADERS_FRAME = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers())


def indexed_bomb() -> bytes:
    """One large header put into the table, then named a few thousand times: 64 MiB in 16 KiB."""
    big = b"\x40" + h2.integer(5, 7) + b"x-bom" + h2.integer(4000, 7) + b"a" * 4000
    return h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers() + big + b"\xbe" * 12000)


SEQUENCES = {
    "no preface": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half a preface": h2.PREFACE[:11],
    "a wrong preface": b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n" + h2.settings(),
    "nothing but zeros": bytes(70000),
    "a frame before the settings": h2.PREFACE + HEADERS_FRAME,
    "settings of five bytes": h2.PREFACE + h2.frame(h2.SETTINGS, payload=b"12345"),
    "settings on a stream": OPENING + h2.frame(h2.SETTINGS, stream=3),
    "an acknowledgement with settings": OPENING + h2.frame(h2.SETTINGS, h2.ACK, payload=struct.pack(">HI", 4, 1)),
    "a window of 2^31": h2.PREFACE + h2.settings((4, 1 << 31)),
    "a frame size of 1": h2.PREFACE + h2.settings((5, 1)),
    "a frame size of 2^24": h2.PREFACE + h2.settings((5, 1 << 24)),
    "a header table of 4 GiB": h2.PREFACE + h2.settings((1, 0xFFFFFFFF)),
    "a frame of 16 MiB announced": OPENING + b"\xff\xff\xff\0\0\0\0\0\1" + bytes(70000),
    "a frame larger than agreed": OPENING + h2.frame(h2.DATA, 0, 1, bytes(20000)),
    "an unknown kind of frame": OPENING + h2.frame(99, 255, 7, b"what"),
    "data on an idle stream": OPENING + h2.frame(h2.DATA, 0, 1, b"data"),
    "data on stream 0": OPENING + h2.frame(h2.DATA, 0, 0, b"data"),
    "data after the end": OPENING + h2.call(b"") + h2.frame(h2.DATA, 0, 1, b"more") * 100,
    "data after a reset": OPENING
    + HEADERS_FRAME
    + h2.frame(h2.RST_STREAM, stream=1, payload=bytes(4))
    + h2.frame(h2.DATA, 0, 1, b"x") * 100,
    "headers on an even stream": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 2, h2.request_headers()),
    "headers on stream 0": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 0, h2.request_headers()),
    "stream numbers that fall": OPENING + h2.call(b"", stream=9) + h2.call(b"", stream=3),
    "a stream that depends on itself": OPENING + h2.frame(h2.PRIORITY, stream=1, payload=struct.pack(">IB", 1, 1)),
    "more padding than frame": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS | h2.PADDED, 1, b"\xff" + b"a"),
    "a push from the client": OPENING + h2.frame(h2.PUSH_PROMISE, h2.END_HEADERS, 1, struct.pack(">I", 2)),
    "a ping of 3 bytes": OPENING + h2.frame(h2.PING, payload=b"123"),
    "a ping on a stream": OPENING + h2.frame(h2.PING, stream=1, payload=bytes(8)),
    "a window update of 0": OPENING + h2.frame(h2.WINDOW_UPDATE, payload=bytes(4)),
    "a window that overflows": OPENING + h2.frame(h2.WINDOW_UPDATE, payload=b"\x7f\xff\xff\xff") * 3,
    "a reset of an idle stream": OPENING + h2.frame(h2.RST_STREAM, stream=5, payload=bytes(4)),
    "a goodbye, and then more": OPENING + h2.frame(h2.GOAWAY, payload=bytes(8)) + h2.call(b""),
    "a continuation of nothing": OPENING + h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1, h2.request_headers()),
    "headers broken off by a ping": OPENING
    + h2.frame(h2.HEADERS, 0, 1, h2.request_headers())
    + h2.frame(h2.PING, payload=bytes(8)),
    "a flood of continuations": OPENING
    + h2.frame(h2.HEADERS, 0, 1, h2.request_headers())
    + h2.frame(h2.CONTINUATION, 0, 1, h2.header("x-more", "a" * 100) * 100) * 200,
    "a flood of empty continuations": OPENING
    + h2.frame(h2.HEADERS, 0, 1, h2.request_headers())
    + h2.frame(h2.CONTINUATION, 0, 1) * 20000,
    "a flood of settings": OPENING + h2.settings((3, 100)) * 20000,
    "a flood of pings": OPENING + h2.frame(h2.PING, payload=b"12345678") * 20000,
    "a flood of empty data": OPENING + HEADERS_FRAME + h2.frame(h2.DATA, 0, 1) * 20000,
    "a flood of priorities": OPENING
    + b"".join(h2.frame(h2.PRIORITY, stream=2 * i + 1, payload=struct.pack(">IB", 0, 1)) for i in range(20000)),
    "rapid reset": OPENING
    + b"".join(
        h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.request_headers())
        + h2.frame(h2.RST_STREAM, stream=stream, payload=struct.pack(">I", 8))
        for stream in range(1, 4001, 2)
    ),
    "more streams than may be": OPENING
    + b"".join(h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.request_headers()) for stream in range(1, 5001, 2)),
    "a header bomb": OPENING + indexed_bomb(),
    "a header of a megabyte": OPENING
    + h2.frame(h2.HEADERS, 0, 1, h2.request_headers() + b"\0" + h2.integer(1, 7) + b"x" + h2.integer(1 << 20, 7))
    + h2.frame(h2.CONTINUATION, 0, 1, b"a" * 16384) * 64,
    "an index beyond the table": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"\xff\xff\xff\xff\x0f"),
    "an index of 0": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"\x80"),
    "an endless integer": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"\xff" + b"\x80" * 1000),
    "Huffman that ends wrongly": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"\0\x81\xff\x84\xff\xff\xff\xff"),
    "a table beyond the agreed size": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"\x3f\xff\xff\xff\x7f"),
    "no path": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS | 1, 1, h2.header(":method", "POST")),
    "two paths": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS | 1, 1, h2.request_headers() + h2.header(":path", "/")),
    "an upper-case name": OPENING + h2.frame(h2.HEADERS, h2.END_HEADERS | 1, 1, h2.request_headers() + h2.header("X", "y")),
    "a path of 8,000 bytes": OPENING + h2.call(b"", path="/" + "a" * 8000),
    "a method that is none": OPENING + h2.call(b"", path="/mlfsc.v1.InspectionService/NoSuch"),
    "a message that claims 4 GiB": OPENING + h2.call(b"\0\xff\xff\xff\xff" + b"abc"),
    "a message compressed by what nobody knows": OPENING + h2.call(b"\1\0\0\0\3abc"),
    "a message flag of 7": OPENING + h2.call(b"\7\0\0\0\3abc"),
    "a message that is no message": OPENING + h2.call(b"\0\0\0\0\3\xff\xff\xff"),
    "half a message": OPENING + h2.call(b"\0\0\0\x10\0abc"),
    "three messages for one": OPENING + h2.call(h2.message("cloth", HOLE) * 3),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_malformed_sequence_costs_only_its_connection(server: Server, good: GoodRequests, name: str) -> None:
    resident = server.status("VmRSS")
    # What it does about it is done once it answers this, or has closed the connection.
    h2.exchange(
        server.port,
        SEQUENCES[name] + h2.frame(h2.PING, payload=b"are you?"),
        until=h2.frame(h2.PING, h2.ACK, payload=b"are you?"),
    )
    good.faults["malformed HTTP/2 exchanges"] += 1
    # No bomb goes off: kibibytes.
    assert server.status("VmRSS") - resident < 200_000


def test_a_good_exchange_by_hand_is_answered(server: Server, good: GoodRequests) -> None:
    """Else the sequences above would prove nothing."""
    answer = h2.exchange(server.port, OPENING + h2.call(h2.message("cloth", HOLE)), patience=30, until=b"grpc-status")
    assert b"grpc-status" in answer and b"cloth" in answer, answer


def test_mutations_of_a_good_exchange(server: Server, good: GoodRequests) -> None:
    count = 5000 if LONG else 300
    source = random.Random(2026)
    sound = OPENING + h2.call(h2.message("felt", HOLE)) + h2.frame(h2.SETTINGS, h2.ACK)
    head = len(sound) - len(HOLE)
    for index in range(count):
        mutant = bytearray(sound)
        for _ in range(source.choice([1, 1, 2, 5, 40])):
            # Mostly where the frames and headers are.
            at = source.randrange(min(head, 400)) if source.random() < 0.8 else source.randrange(len(mutant))
            kind = source.randrange(4)
            if kind == 0:
                mutant[at] = source.randrange(256)
            elif kind == 1:
                mutant[at] ^= 1 << source.randrange(8)
            elif kind == 2:
                del mutant[at : at + source.randrange(1, 12)]
            else:
                mutant[at:at] = source.randbytes(source.randrange(1, 12))
        h2.exchange(server.port, bytes(mutant), patience=0.002)
        good.faults["malformed HTTP/2 exchanges"] += 1
        if index % 50 == 0:
            good.check(server)


def test_many_streams_with_no_window_cost_only_themselves(server: Server, good: GoodRequests) -> None:
    """Requests whose answers can never leave: they are given up, and nobody else waits."""
    with h2.connect(server.port) as connection:
        connection.sendall(h2.PREFACE + h2.settings((h2.INITIAL_WINDOW, 0)))
        body = h2.message("felt", HOLE)
        with contextlib.suppress(OSError):
            for stream in range(1, 41, 2):
                connection.sendall(h2.call(body, stream=stream))
                connection.sendall(h2.frame(h2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 20)))
        time.sleep(0.1)
        good.faults["malformed HTTP/2 exchanges"] += 20
        good.check(server)

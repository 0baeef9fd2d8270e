"""Garbage at a port that expects TLS, and TLS at one that does not."""

from __future__ import annotations

import random
import ssl
import struct
import subprocess
from pathlib import Path

import pytest

from faults import frames as h2
from faults.conftest import LONG
from faults.control import Control
from faults.good import GoodRequests
from faults.server import Server

DAY = 86400.0


def record(kind: int, version: int, payload: bytes, length: int | None = None) -> bytes:
    return struct.pack(">BHH", kind, version, len(payload) if length is None else length) + payload


def hello(version: int, ciphers: bytes = b"\x00\x2f", extra: bytes = b"") -> bytes:
    body = struct.pack(">H", version) + bytes(32) + b"\0" + struct.pack(">H", len(ciphers)) + ciphers + b"\1\0" + extra
    return record(22, min(version, 0x0301), b"\1" + struct.pack(">I", len(body))[1:] + body)


GARBAGE = {
    "plain HTTP/2": h2.PREFACE + h2.settings(),
    "plain HTTP/1": b"GET / HTTP/1.1\r\n\r\n",
    "SSL 2": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(36),
    "SSL 3": hello(0x0300),
    "TLS 1.0": hello(0x0301),
    "TLS 1.1": hello(0x0302),
    "no cipher": hello(0x0303, b""),
    "an unknown cipher": hello(0x0303, b"\xfe\xfe" * 1000),
    "a record of 64 KiB": record(22, 0x0303, bytes(65535)),
    "a record that never comes": record(22, 0x0303, b"\1", length=16384),
    "an empty record, often": record(22, 0x0303, b"") * 5000,
    "alerts, often": record(21, 0x0303, b"\1\0") * 5000,
    "application data at once": record(23, 0x0303, bytes(100)),
    "an extension that lies": hello(0x0303, extra=b"\xff\xff\0\0\xff\xff"),
    "a hello of 16 MiB": record(22, 0x0303, b"\1\xff\xff\xff" + bytes(16000)) * 20,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_costs_only_its_connection(secure: tuple[Server, GoodRequests], good: GoodRequests, name: str) -> None:
    server, here = secure
    h2.exchange(server.port, GARBAGE[name])
    good.faults["broken TLS handshakes"] += 1
    here.check(server, channel=server.connect())


def test_random_bytes(secure: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    server, here = secure
    source = random.Random(2026)
    for index in range(2000 if LONG else 100):
        piece = source.randbytes(source.choice([1, 5, 100, 5000]))
        h2.exchange(server.port, record(22, 0x0303, piece) if source.random() < 0.5 else piece, patience=0.002)
        good.faults["broken TLS handshakes"] += 1
        if index % 50 == 0:
            here.check(server)


def test_handshakes_that_are_cut_or_changed(secure: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    server, here = secure
    sound = h2.tls_hello()
    source = random.Random(1)
    for _ in range(1000 if LONG else 60):
        mutant = bytearray(sound)
        if source.random() < 0.5:
            del mutant[source.randrange(len(mutant)) :]
        else:
            mutant[source.randrange(len(mutant))] ^= 1 << source.randrange(8)
        h2.exchange(server.port, bytes(mutant), patience=0.002)
        good.faults["broken TLS handshakes"] += 1
    here.check(server)


def test_handshakes_that_fall_silent_do_not_keep_others_waiting(
    secure: tuple[Server, GoodRequests], good: GoodRequests
) -> None:
    server, here = secure
    sound = h2.tls_hello()
    silent = [h2.connect(server.port) for _ in range(500 if LONG else 100)]
    for connection in silent:
        connection.sendall(sound[: len(sound) // 2])
    good.faults["broken TLS handshakes"] += len(silent)
    here.check(server, channel=server.connect())
    for connection in silent:
        connection.close()


def test_tls_at_a_port_without(server: Server, good: GoodRequests) -> None:
    h2.exchange(server.port, h2.tls_hello())
    good.faults["broken TLS handshakes"] += 1


def test_the_old_protocols_are_not_spoken(secure: tuple[Server, GoodRequests], good: GoodRequests) -> None:
    """TLS 1.2 at least: an answer to an older hello is an alert, and nothing else."""
    server, _ = secure
    for version in (0x0300, 0x0301, 0x0302):
        answer = h2.exchange(server.port, hello(version, b"\xc0\x09\xc0\x0a\xc0\x13\x00\x2f"))
        assert answer[:1] in (b"", b"\x15"), answer
        good.faults["broken TLS handshakes"] += 1


def test_renegotiation_is_refused(secure: tuple[Server, GoodRequests], good: GoodRequests, certificate: Path) -> None:
    """OpenSSL's client asks for it with a line R, which TLS 1.3 has not any more."""
    server, here = secure
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2", "-alpn", "h2"]
        + ["-cert", certificate / "certificate.pem", "-key", certificate / "key.pem"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with client:
        assert client.stdin is not None and client.stdout is not None
        said = b""
        # Until it has the server's settings (their frame, but for its length): in the midst of the new handshake they would end it instead.
        while not (b"Verify return code" in said and h2.settings()[3:] in said):
            piece = client.stdout.read1()
            assert piece, said
            said += piece
        # The answer is an alert, which gRPC sends with whatever it sends next; with it the client ends.
        client.stdin.write(b"R\n")
        client.stdin.flush()
        said = client.stdout.read()
    good.faults["broken TLS handshakes"] += 1
    assert b"RENEGOTIATING" in said and b"no renegotiation" in said, said
    here.check(server, channel=server.connect())


# Of the server's date, against the days for which the client's certificate is good: from now until in two days.
JUMPS = {"a day back": (-DAY, False), "a day forth": (DAY, True), "ten years back": (-3652 * DAY, False), "ten years forth": (3652 * DAY, False)}


@pytest.mark.parametrize("jump", JUMPS)
def test_a_client_is_let_in_while_its_certificate_is_good_by_the_servers_date(
    secure: tuple[Server, GoodRequests], control: Control, good: GoodRequests, certificate: Path, jump: str
) -> None:
    """Who is connected stays; the server's own certificate is the clients' to judge, by theirs."""
    server, here = secure
    seconds, is_good = JUMPS[jump]
    try:
        control.move_date(seconds)
        good.faults["clock jumps"] += 1
        here.check(server)
        assert shakes_hands(server, certificate) == is_good
        here.check(server)
    finally:
        control.move_date(0)
    good.faults["clock jumps"] += 1
    here.check(server)
    assert shakes_hands(server, certificate)
    here.check(server, channel=server.connect())


def shakes_hands(server: Server, certificate: Path) -> bool:
    """Whether a new connection of the client with this certificate gets as far as the server's settings."""
    try:
        with h2.tls_client(certificate).wrap_socket(h2.connect(server.port)) as connection:
            connection.sendall(h2.PREFACE + h2.settings())
            return connection.recv(9)[3:4] == bytes([h2.SETTINGS])
    except (ssl.SSLError, ConnectionError):
        return False

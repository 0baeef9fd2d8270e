"""HTTP/2 as bytes: right ones for a good exchange, and all that can be wrong with them (RFC 9113, RFC 7541)."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from pathlib import Path

from google.protobuf.message import Message

from mlfsc.v1 import inspection_pb2 as pb

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
INITIAL_WINDOW = 4
_SERVICE = "/mlfsc.v1.InspectionService/"
SCORE, HEATMAP, TRAIN, LIST = (_SERVICE + name for name in ("Score", "Heatmap", "Train", "ListCategories"))


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs: tuple[int, int]) -> bytes:
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


def integer(value: int, bits: int, first: int = 0) -> bytes:
    """RFC 7541, 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytearray([first | most]), value - most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes([*out, value])


def header(name: str | bytes, value: str | bytes) -> bytes:
    """A literal without indexing, in plain text."""
    name, value = (text.encode() if isinstance(text, str) else text for text in (name, value))
    return b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value


def request_headers(path: str = SCORE, method: str = "POST") -> bytes:
    fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")]
    fields += [("te", "trailers"), ("content-type", "application/grpc")]
    return b"".join(header(*field) for field in fields)


def framed(message: Message) -> bytes:
    """As gRPC sends it: not compressed, and its length."""
    body = message.SerializeToString()
    return b"\0" + struct.pack(">I", len(body)) + body


def message(category: str, picture: bytes) -> bytes:
    """Of a Score."""
    return framed(pb.ScoreRequest(category=category, picture=pb.Picture(encoded=picture)))


def large_map(category: str, picture: bytes) -> bytes:
    """Of a Heatmap whose answer is larger than HTTP/2's first window."""
    return framed(
        pb.HeatmapRequest(
            category=category, picture=pb.Picture(encoded=picture), format=pb.HeatmapRequest.FLOAT32_MAP
        )
    )


def train_start(category: str, options: pb.CategoryOptions) -> bytes:
    """The first message of a Train."""
    return framed(pb.TrainRequest(start=pb.TrainRequest.Start(category=category, options=options)))


def call(body: bytes, stream: int = 1, path: str = SCORE) -> bytes:
    frames = [frame(HEADERS, END_HEADERS, stream, request_headers(path))]
    pieces = [body[at : at + 16384] for at in range(0, len(body), 16384)] or [b""]
    for index, piece in enumerate(pieces):
        frames.append(frame(DATA, END_STREAM if index + 1 == len(pieces) else 0, stream, piece))
    return b"".join(frames)


def connect(port: int, source: str = "127.0.0.1", receive_buffer: int = 0) -> socket.socket:
    """`receive_buffer`: bytes that may wait to be read here; 0 leaves that to the system."""
    connection = socket.socket()
    if receive_buffer > 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(10)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    return connection


def exchange(port: int, bytes_sent: bytes, patience: float = 0.05, until: bytes = b"", source: str = "127.0.0.1") -> bytes:
    """What comes back, until `until` is among it, the server closes or says nothing for `patience` seconds."""
    answer = b""
    with connect(port, source) as connection, contextlib.suppress(OSError):
        connection.sendall(bytes_sent)
        connection.settimeout(patience)
        while not (until and until in answer) and (piece := connection.recv(65536)):
            answer += piece
    return answer


def tls_hello() -> bytes:
    """What a client of TLS says first."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def tls_client(certificate: Path) -> ssl.SSLContext:
    """Of a client with the certificate in this folder, which looks at no server's."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    context.set_alpn_protocols(["h2"])
    return context

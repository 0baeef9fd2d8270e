"""What RFC 9113 (HTTP/2) and RFC 7541 (HPACK) say of right and wrong sequences, section by section.

The sections and what is tried in each are those of h2spec, whose program cannot be had from a registry; sections 3.5 to 8.2 are numbered as in
RFC 7540, which it goes by.
"""

from __future__ import annotations

import dataclasses
import struct

from faults import frames as h2

CODES = (
    "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR "
    "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split()

# What may come of a sequence. Any one of a case's outcomes is right.
CLOSED, IGNORED, ANSWERED, REFUSED = "closed", "ignored", "answered", "refused"


def connection_error(*codes: str) -> frozenset[str]:
    return frozenset({CLOSED, *(f"goaway {code}" for code in codes)})


def stream_error(*codes: str) -> frozenset[str]:
    """A server may treat it as an error of the connection."""
    return connection_error(*codes) | {f"reset {code}" for code in codes}


PROTOCOL = connection_error("PROTOCOL_ERROR")
FRAME_SIZE = connection_error("FRAME_SIZE_ERROR", "PROTOCOL_ERROR")
COMPRESSION = connection_error("COMPRESSION_ERROR", "PROTOCOL_ERROR")
STREAM_CLOSED = stream_error("STREAM_CLOSED", "PROTOCOL_ERROR")
MALFORMED = stream_error("PROTOCOL_ERROR")
FLOW = stream_error("FLOW_CONTROL_ERROR")


@dataclasses.dataclass(frozen=True)
class Case:
    section: str
    name: str
    outcomes: frozenset[str]
    sent: bytes

    @property
    def title(self) -> str:
        return f"{self.section} {self.name}"


OPENING = h2.PREFACE + h2.settings()
EMPTY_MESSAGE = bytes(5)
FIELDS = h2.request_headers(h2.LIST)


def head(fields: bytes = FIELDS, flags: int = h2.END_HEADERS, stream: int = 1) -> bytes:
    return h2.frame(h2.HEADERS, flags, stream, fields)


def data(payload: bytes = EMPTY_MESSAGE, flags: int = h2.END_STREAM, stream: int = 1) -> bytes:
    return h2.frame(h2.DATA, flags, stream, payload)


def priority(stream: int, on: int, weight: int = 15) -> bytes:
    return h2.frame(h2.PRIORITY, stream=stream, payload=struct.pack(">IB", on, weight))


def reset(stream: int = 1, code: int = 8) -> bytes:
    return h2.frame(h2.RST_STREAM, stream=stream, payload=struct.pack(">I", code))


def window(by: int, stream: int = 0) -> bytes:
    return h2.frame(h2.WINDOW_UPDATE, stream=stream, payload=struct.pack(">I", by))


def more(fields: bytes, flags: int = h2.END_HEADERS, stream: int = 1) -> bytes:
    return h2.frame(h2.CONTINUATION, flags, stream, fields)


def without(name: str) -> bytes:
    """A request's fields but one of the first three."""
    values = {":method": "POST", ":scheme": "http", ":path": h2.LIST}
    return FIELDS.replace(h2.header(name, values[name]), b"")


CALL = head() + data()
OPEN = head()
LAST = h2.END_HEADERS | h2.END_STREAM
HALF = len(FIELDS) // 2
# With 16 KiB in a field that nobody knows.
LARGE_MESSAGE = b"\0\0\0\x3f\xfb\x7a\xf8\x7f" + bytes(16376)
# "new" and "x-new" by RFC 7541's table.
NEW, X_NEW = b"\x83\xa8\xbe\x3f", b"\x84\xf2\xb5\x45\xf1"


def with_field(field: bytes) -> bytes:
    return head(FIELDS + field) + data()


def block(*fields: tuple[str, str]) -> bytes:
    return b"".join(h2.header(*field) for field in fields)


def case(section: str, name: str, outcomes: frozenset[str], sent: bytes, opening: bytes = OPENING) -> Case:
    return Case(section, name, outcomes, opening + sent)


def good(section: str, name: str, sent: bytes, opening: bytes = OPENING) -> Case:
    return case(section, name, frozenset({ANSWERED}), sent, opening)


def ignored(section: str, name: str, sent: bytes) -> Case:
    return case(section, name, frozenset({IGNORED}), sent)


# Sequences that are right, or that a server must be indifferent to: h2spec's "generic".
GENERIC = [
    good("generic 1", "a preface and settings", CALL),
    good("generic 2", "PRIORITY on an idle stream", priority(1, 0) + CALL),
    good("generic 2", "WINDOW_UPDATE on a half-closed stream", CALL + window(100, 1)),
    good("generic 2", "PRIORITY on a half-closed stream", CALL + priority(1, 0)),
    case("generic 2", "RST_STREAM on a half-closed stream", frozenset({IGNORED, ANSWERED}), CALL + reset()),
    good("generic 2", "PRIORITY on a closed stream", head() + reset() + priority(1, 0) + head(stream=3) + data(stream=3)),
    good("generic 3.1", "one DATA", CALL),
    good("generic 3.1", "several DATA", head() + data(bytes(2), 0) + data(bytes(3))),
    good("generic 3.1", "DATA with padding", head() + data(b"\x06" + bytes(5 + 6), h2.END_STREAM | h2.PADDED)),
    good("generic 3.2", "HEADERS", CALL),
    good("generic 3.2", "HEADERS with padding", head(b"\x08" + FIELDS + bytes(8), h2.END_HEADERS | h2.PADDED) + data()),
    good(
        "generic 3.2",
        "HEADERS with a priority",
        head(struct.pack(">IB", 0, 255) + FIELDS, h2.END_HEADERS | h2.HAS_PRIORITY) + data(),
    ),
    good("generic 3.3", "PRIORITY with weight 1", priority(1, 0, 0) + CALL),
    good("generic 3.3", "PRIORITY with weight 256", priority(1, 0, 255) + CALL),
    good("generic 3.3", "PRIORITY that depends on another stream", priority(1, 3) + CALL),
    good("generic 3.3", "PRIORITY that is exclusive", priority(1, 1 << 31) + CALL),
    good("generic 3.3", "PRIORITY on a higher idle stream first", priority(5, 0) + CALL),
    ignored("generic 3.4", "RST_STREAM", head() + reset()),
    good("generic 3.5", "SETTINGS", h2.settings((3, 100), (4, 70000)) + CALL),
    ignored("generic 3.7", "PING", h2.frame(h2.PING, payload=b"12345678")),
    case("generic 3.8", "GOAWAY", frozenset({IGNORED, CLOSED}), h2.frame(h2.GOAWAY, payload=bytes(8))),
    good("generic 3.9", "WINDOW_UPDATE of the connection", window(1) + CALL),
    good("generic 3.9", "WINDOW_UPDATE of a stream", head() + window(1, 1) + data()),
    good("generic 3.10", "one CONTINUATION", head(FIELDS[:HALF], 0) + more(FIELDS[HALF:]) + data()),
    good(
        "generic 3.10",
        "several CONTINUATION",
        head(FIELDS[:HALF], 0) + more(FIELDS[HALF:-5], 0) + more(FIELDS[-5:]) + data(),
    ),
    case(
        "generic 4", "GET", frozenset({REFUSED}), h2.frame(h2.HEADERS, LAST, 1, h2.request_headers(h2.LIST, "GET"))
    ),
    case(
        "generic 4", "HEAD", frozenset({REFUSED}), h2.frame(h2.HEADERS, LAST, 1, h2.request_headers(h2.LIST, "HEAD"))
    ),
    good("generic 4", "POST", CALL),
    good("generic 4", "POST with trailers", head() + data(flags=0) + head(block(("x-test", "ok")), LAST)),
    # user-agent is entry 58 of the static table.
    good("generic 5", "an indexed field", with_field(b"\x90")),
    good("generic 5", "a literal that is indexed, with an indexed name", with_field(b"\x7a\x03new")),
    good("generic 5", "a literal that is indexed, with an indexed name, in Huffman", with_field(b"\x7a" + NEW)),
    good("generic 5", "a literal that is indexed, with a new name", with_field(b"\x40\x05x-new\x03new")),
    good("generic 5", "a literal that is indexed, with a new name, in Huffman", with_field(b"\x40" + X_NEW + NEW)),
    good("generic 5", "a literal without indexing, with an indexed name", with_field(b"\x0f\x2b\x03new")),
    good("generic 5", "a literal without indexing, with an indexed name, in Huffman", with_field(b"\x0f\x2b" + NEW)),
    good("generic 5", "a literal without indexing, with a new name", with_field(b"\x00\x05x-new\x03new")),
    good("generic 5", "a literal without indexing, with a new name, in Huffman", with_field(b"\x00" + X_NEW + NEW)),
    good("generic 5", "a literal never indexed, with an indexed name", with_field(b"\x1f\x2b\x03new")),
    good("generic 5", "a literal never indexed, with an indexed name, in Huffman", with_field(b"\x1f\x2b" + NEW)),
    good("generic 5", "a literal never indexed, with a new name", with_field(b"\x10\x05x-new\x03new")),
    good("generic 5", "a literal never indexed, with a new name, in Huffman", with_field(b"\x10" + X_NEW + NEW)),
    good("generic 5", "a change of the table's size", head(b"\x20" + FIELDS) + data()),
    good("generic 5", "two changes of the table's size", head(b"\x20\x3f\xe1\x1f" + FIELDS) + data()),
]

HTTP2 = [
    good("3.5", "a right preface", CALL),
    case("3.5", "a wrong preface", PROTOCOL, b"INVALID CONNECTION PREFACE\r\n\r\n" + h2.settings(), b""),
    good("4.1", "a kind of frame that nobody knows", h2.frame(0x16, 0, 0, bytes(8)) + CALL),
    ignored("4.1", "a flag that is not defined", h2.frame(h2.PING, 0x16, 0, bytes(8))),
    ignored("4.1", "the reserved bit", h2.frame(h2.PING, 0, 1 << 31, bytes(8))),
    good("4.2", "DATA of 2^14 bytes", head() + data(LARGE_MESSAGE)),
    case("4.2", "DATA larger than agreed", stream_error("FRAME_SIZE_ERROR"), head() + b"\xff\xff\xff\0\1\0\0\0\1" + bytes(1000)),
    case("4.2", "HEADERS larger than agreed", FRAME_SIZE, b"\xff\xff\xff\1\4\0\0\0\1" + FIELDS),
    case("4.3", "a header block that is none", COMPRESSION, head(b"\x40" + b"\x00" * 9)),
    case("4.3", "PRIORITY in the midst of a header block", PROTOCOL, head(flags=0) + priority(1, 0) + more(b"")),
    case("4.3", "HEADERS of another stream in the midst of a header block", PROTOCOL, head(flags=0) + head(stream=3)),
    case("5.1", "idle: DATA", PROTOCOL, data()),
    case("5.1", "idle: RST_STREAM", PROTOCOL, reset()),
    case("5.1", "idle: WINDOW_UPDATE", PROTOCOL, window(100, 1)),
    case("5.1", "idle: CONTINUATION", PROTOCOL, more(FIELDS)),
    case("5.1", "half-closed: DATA", STREAM_CLOSED, CALL + data()),
    case("5.1", "half-closed: HEADERS", STREAM_CLOSED, CALL + head()),
    case("5.1", "half-closed: CONTINUATION", STREAM_CLOSED, CALL + more(FIELDS)),
    case("5.1", "closed by RST_STREAM: DATA", STREAM_CLOSED | {IGNORED}, head() + reset() + data()),
    case("5.1", "closed by RST_STREAM: HEADERS", STREAM_CLOSED, head() + reset() + head()),
    case("5.1", "closed by RST_STREAM: CONTINUATION", STREAM_CLOSED, head() + reset() + more(FIELDS)),
    case("5.1", "closed by its end: DATA", STREAM_CLOSED, CALL + reset() + data()),
    case("5.1", "closed by its end: HEADERS", STREAM_CLOSED, CALL + reset() + head()),
    case("5.1", "closed by its end: CONTINUATION", STREAM_CLOSED, CALL + reset() + more(FIELDS)),
    case("5.1.1", "an even number", PROTOCOL, head(stream=2)),
    case("5.1.1", "a number lower than one before", PROTOCOL, head(stream=5) + head(stream=3)),
    case(
        "5.1.2",
        "more streams than agreed",
        stream_error("PROTOCOL_ERROR", "REFUSED_STREAM"),
        # The limit is agreed once the client has acknowledged the server's settings.
        h2.frame(h2.SETTINGS, h2.ACK)
        + b"".join(head(h2.request_headers(h2.TRAIN), stream=stream) for stream in range(1, 2 * 1003, 2)),
    ),
    case(
        "5.3.1",
        "HEADERS that depend on their own stream",
        MALFORMED,
        head(struct.pack(">IB", 1, 255) + FIELDS, h2.END_HEADERS | h2.HAS_PRIORITY) + data(),
    ),
    case("5.3.1", "PRIORITY that depends on its own stream", MALFORMED, priority(1, 1)),
    case("5.4.1", "a PING that ends the connection", FRAME_SIZE, h2.frame(h2.PING, payload=bytes(6))),
    ignored("5.5", "an extension", h2.frame(0x16, 0, 0, bytes(8))),
    case("5.5", "an extension in the midst of a header block", PROTOCOL, head(flags=0) + h2.frame(0x16) + more(b"")),
    case("6.1", "DATA on stream 0", PROTOCOL, data(stream=0)),
    case("6.1", "DATA on a stream that is not open", STREAM_CLOSED, CALL + reset() + data()),
    case("6.1", "more padding than DATA", PROTOCOL, head() + data(b"\x20" + bytes(5), h2.END_STREAM | h2.PADDED)),
    case("6.2", "HEADERS without an end, then PRIORITY", PROTOCOL, head(flags=0) + priority(1, 0)),
    case("6.2", "HEADERS without an end, then another stream's", PROTOCOL, head(flags=0) + head(stream=3)),
    case("6.2", "HEADERS on stream 0", PROTOCOL, head(stream=0)),
    case("6.2", "more padding than HEADERS", PROTOCOL, head(b"\xff" + FIELDS[:20], h2.END_HEADERS | h2.PADDED)),
    case("6.3", "PRIORITY on stream 0", PROTOCOL, priority(0, 1)),
    case("6.3", "PRIORITY of 4 bytes", stream_error("FRAME_SIZE_ERROR"), head() + h2.frame(h2.PRIORITY, 0, 1, bytes(4))),
    case("6.4", "RST_STREAM on stream 0", PROTOCOL, reset(0)),
    case("6.4", "RST_STREAM on an idle stream", PROTOCOL, reset()),
    case("6.4", "RST_STREAM of 3 bytes", FRAME_SIZE, head() + h2.frame(h2.RST_STREAM, 0, 1, bytes(3))),
    case("6.5", "an acknowledgement with settings", FRAME_SIZE, h2.frame(h2.SETTINGS, h2.ACK, 0, b"\0")),
    case("6.5", "SETTINGS on a stream", PROTOCOL, h2.frame(h2.SETTINGS, 0, 1, struct.pack(">HI", 3, 100))),
    case("6.5", "SETTINGS of 3 bytes", FRAME_SIZE, h2.frame(h2.SETTINGS, payload=bytes(3))),
    case("6.5.2", "SETTINGS_ENABLE_PUSH of 2", PROTOCOL, h2.settings((2, 2))),
    case(
        "6.5.2",
        "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1",
        connection_error("FLOW_CONTROL_ERROR"),
        h2.settings((4, 1 << 31)),
    ),
    case("6.5.2", "SETTINGS_MAX_FRAME_SIZE below 2^14", PROTOCOL, h2.settings((5, 16383))),
    case("6.5.2", "SETTINGS_MAX_FRAME_SIZE above 2^24-1", PROTOCOL, h2.settings((5, 1 << 24))),
    ignored("6.5.2", "a setting that nobody knows", h2.settings((0xFF, 1))),
    good("6.5.3", "SETTINGS_INITIAL_WINDOW_SIZE twice: the last counts", h2.settings((4, 1), (4, 70000)) + CALL),
    case("6.5.3", "SETTINGS are acknowledged", frozenset({"settings acknowledged"}), h2.settings()),
    case("6.7", "PING is answered", frozenset({"ping 12345678"}), h2.frame(h2.PING, payload=b"12345678")),
    ignored("6.7", "an acknowledgement of no PING", h2.frame(h2.PING, h2.ACK, 0, b"invalid!")),
    case("6.7", "PING on a stream", PROTOCOL, h2.frame(h2.PING, 0, 1, bytes(8))),
    case("6.7", "PING of 6 bytes", FRAME_SIZE, h2.frame(h2.PING, payload=bytes(6))),
    case("6.8", "GOAWAY on a stream", PROTOCOL, h2.frame(h2.GOAWAY, 0, 1, bytes(8))),
    case("6.9", "WINDOW_UPDATE of 0 for the connection", PROTOCOL, window(0)),
    case("6.9", "WINDOW_UPDATE of 0 for a stream", MALFORMED, head() + window(0, 1)),
    case("6.9", "WINDOW_UPDATE of 3 bytes", FRAME_SIZE, h2.frame(h2.WINDOW_UPDATE, payload=bytes(3))),
    case("6.9.1", "a window of 1", frozenset({"1 byte"}), h2.settings((4, 1)) + CALL),
    case("6.9.1", "the connection's window above 2^31-1", connection_error("FLOW_CONTROL_ERROR"), window(0x7FFFFFFF) * 2),
    case("6.9.1", "a stream's window above 2^31-1", FLOW, head() + window(0x7FFFFFFF, 1) * 2),
    case("6.9.2", "a window that is changed after HEADERS", frozenset({"1 byte"}), h2.settings((4, 0)) + CALL + h2.settings((4, 1))),
    case(
        "6.9.2",
        "a window that was negative",
        frozenset({"1 byte"}),
        h2.settings((4, 3)) + head() + h2.settings((4, 0)) + data() + window(1, 1),
    ),
    case(
        "6.9.2",
        "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1 while a stream is open",
        connection_error("FLOW_CONTROL_ERROR"),
        head() + h2.settings((4, 1 << 31)),
    ),
    good("6.10", "several CONTINUATION", head(FIELDS[:9], 0) + more(FIELDS[9:30], 0) + more(FIELDS[30:]) + data()),
    case("6.10", "CONTINUATION, then DATA before the end", PROTOCOL, head(FIELDS[:9], 0) + more(FIELDS[9:], 0) + data()),
    case("6.10", "CONTINUATION on stream 0", PROTOCOL, head(flags=0) + more(b"", stream=0)),
    case("6.10", "CONTINUATION after the end of HEADERS", PROTOCOL, head() + more(b"")),
    case("6.10", "CONTINUATION after the end of CONTINUATION", PROTOCOL, head(flags=0) + more(b"") + more(b"")),
    case("6.10", "CONTINUATION after DATA", PROTOCOL, head() + data(flags=0) + more(b"")),
    case("7", "GOAWAY with a code that nobody knows", frozenset({IGNORED, CLOSED}), h2.frame(h2.GOAWAY, payload=b"\0\0\0\0\0\0\0\xff")),
    good("7", "RST_STREAM with a code that nobody knows", head() + reset(code=0xFF) + head(stream=3) + data(stream=3)),
    case("8.1", "a second HEADERS that does not end the stream", MALFORMED, head() + head(block(("x-test", "ok")))),
    case("8.1.2", "a name in upper case", MALFORMED, with_field(block(("X-TEST", "ok")))),
    case("8.1.2.1", "a pseudo-field that nobody knows", MALFORMED, head(block((":test", "ok")) + FIELDS) + data()),
    case("8.1.2.1", "a pseudo-field of answers", MALFORMED, head(block((":status", "200")) + FIELDS) + data()),
    case("8.1.2.1", "a pseudo-field in trailers", MALFORMED, head() + data(flags=0) + head(block((":method", "POST")), LAST)),
    case(
        "8.1.2.1",
        "a pseudo-field after others",
        MALFORMED,
        head(without(":path") + h2.header(":path", h2.LIST)) + data(),
    ),
    case("8.1.2.2", "a field of the connection", MALFORMED, with_field(block(("connection", "keep-alive")))),
    case("8.1.2.2", "te that is not trailers", MALFORMED, with_field(block(("te", "trailers, deflate;q=0.5")))),
    case("8.1.2.3", "an empty path", MALFORMED, head(without(":path") + h2.header(":path", "")) + data()),
    case("8.1.2.3", "no method", MALFORMED, head(without(":method")) + data()),
    case("8.1.2.3", "no scheme", MALFORMED, head(without(":scheme")) + data()),
    case("8.1.2.3", "no path", MALFORMED, head(without(":path")) + data()),
    case("8.1.2.3", "two methods", MALFORMED, head(block((":method", "POST")) + FIELDS) + data()),
    case("8.1.2.3", "two schemes", MALFORMED, head(block((":scheme", "http")) + FIELDS) + data()),
    case("8.1.2.3", "two paths", MALFORMED, head(block((":path", h2.LIST)) + FIELDS) + data()),
    case("8.1.2.6", "a content-length that is wrong", MALFORMED, with_field(block(("content-length", "1")))),
    case(
        "8.1.2.6",
        "a content-length that several DATA do not have",
        MALFORMED,
        head(FIELDS + block(("content-length", "1"))) + data(bytes(2), 0) + data(bytes(3)),
    ),
    case("8.2", "PUSH_PROMISE", PROTOCOL, h2.frame(h2.PUSH_PROMISE, h2.END_HEADERS, 1, struct.pack(">I", 3) + FIELDS)),
]

HPACK = [
    case("hpack 2.3.3", "an index beyond the table", COMPRESSION, with_field(b"\xc6")),
    case("hpack 2.3.3", "a literal with an index beyond the table", COMPRESSION, with_field(b"\x7f\x01\x05empty")),
    case("hpack 4.2", "a change of the table's size at the end of a block", COMPRESSION, with_field(b"\x3f\xe1\x1f")),
    case("hpack 5.2", "Huffman with more than 7 bits of padding", COMPRESSION, with_field(b"\0\x05x-new\x84\xa8\x74\xff\xff")),
    case("hpack 5.2", "Huffman with padding of zeros", COMPRESSION, with_field(b"\0\x05x-new\x81\xf0")),
    case("hpack 5.2", "Huffman with the end's symbol", COMPRESSION, with_field(b"\0\x05x-new\x84\xff\xff\xff\xff")),
    case("hpack 6.1", "an index of 0", COMPRESSION, with_field(b"\x80")),
    case("hpack 6.3", "a table larger than agreed", COMPRESSION, head(b"\x3f\xff\xff\xff\x7f" + FIELDS)),
]

CASES = [*GENERIC, *HTTP2, *HPACK]

# Where gRPC 1.51 does not do as the RFCs say: what comes instead, why that does no harm, and for which cases.
_DEVIATIONS = [
    (
        IGNORED,
        "frames of streams that are not there, or not any more, are skipped: they reach no call",
        """
        5.1 idle: DATA
        5.1 idle: RST_STREAM
        5.1 idle: WINDOW_UPDATE
        5.1 closed by RST_STREAM: HEADERS
        5.1 closed by its end: DATA
        5.1 closed by its end: HEADERS
        5.1.1 an even number
        5.1.1 a number lower than one before
        6.1 DATA on stream 0
        6.1 DATA on a stream that is not open
        6.2 HEADERS on stream 0
        6.4 RST_STREAM on stream 0
        6.4 RST_STREAM on an idle stream
        8.2 PUSH_PROMISE
        """,
    ),
    (ANSWERED, "what comes after the end of a request is skipped", "5.1 half-closed: DATA\n5.1 half-closed: HEADERS"),
    (
        IGNORED,
        "PING and GOAWAY are taken as the connection's, whatever stream they name",
        "6.7 PING on a stream\n6.8 GOAWAY on a stream",
    ),
    (
        IGNORED,
        "priorities are not looked at",
        """
        5.3.1 PRIORITY that depends on its own stream
        6.3 PRIORITY on stream 0
        6.3 PRIORITY of 4 bytes
        """,
    ),
    (ANSWERED, "priorities are not looked at", "5.3.1 HEADERS that depend on their own stream"),
    (
        IGNORED,
        "windows are counted in 64 bits and do not overflow",
        "6.9.1 the connection's window above 2^31-1\n6.9.1 a stream's window above 2^31-1",
    ),
    ("reset PROTOCOL_ERROR", "gRPC knows no padding; its clients send none", "generic 3.1 DATA with padding"),
    ("reset PROTOCOL_ERROR", "the stream is ended instead of the connection", "6.1 more padding than DATA"),
    (CLOSED, "gRPC knows no padding; its clients send none", "generic 3.2 HEADERS with padding"),
    (CLOSED, "flags that nobody has defined come from no client", "4.1 a flag that is not defined"),
    (
        ANSWERED,
        "the call reads one value of each field that it needs, and passes no request on to anybody who might read another one",
        """
        8.1.2 a name in upper case
        8.1.2.1 a pseudo-field that nobody knows
        8.1.2.1 a pseudo-field of answers
        8.1.2.1 a pseudo-field in trailers
        8.1.2.1 a pseudo-field after others
        8.1.2.2 a field of the connection
        8.1.2.3 two methods
        8.1.2.3 two schemes
        8.1.2.3 two paths
        8.1.2.6 a content-length that is wrong
        8.1.2.6 a content-length that several DATA do not have
        """,
    ),
    (
        REFUSED,
        "the call is answered with an error instead of a reset",
        """
        8.1.2.2 te that is not trailers
        8.1.2.3 an empty path
        8.1.2.3 no method
        8.1.2.3 no scheme
        8.1.2.3 no path
        """,
    ),
    (
        ANSWERED,
        "what was read up to there is what the field holds; the table stays the agreed one",
        """
        hpack 4.2 a change of the table's size at the end of a block
        hpack 5.2 Huffman with more than 7 bits of padding
        hpack 5.2 Huffman with padding of zeros
        hpack 5.2 Huffman with the end's symbol
        """,
    ),
]
DEVIATIONS = {
    title.strip(): instead for instead, _, titles in _DEVIATIONS for title in titles.splitlines() if title.strip()
}

"""Whether the server keeps HTTP/2's rules, section by section, and that nobody else suffers from those who do not."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator

import pytest

from faults import frames as h2
from faults.good import GoodRequests
from faults.outside.conformance_cases import ANSWERED, CASES, CLOSED, CODES, DEVIATIONS, IGNORED, REFUSED, Case
from faults.server import Server

# What the server must answer, when it is still there.
PROBE = b"tried it"
PATIENCE = 30.0
# Of h2spec. The last ones are of RFC 7541.
SECTIONS = """
    generic 1, generic 2, generic 3.1, generic 3.2, generic 3.3, generic 3.4, generic 3.5, generic 3.7, generic 3.8, generic 3.9, generic 3.10,
    generic 4, generic 5, 3.5, 4.1, 4.2, 4.3, 5.1, 5.1.1, 5.1.2, 5.3.1, 5.4.1, 5.5, 6.1, 6.2, 6.3, 6.4, 6.5, 6.5.2, 6.5.3, 6.7, 6.8, 6.9, 6.9.1,
    6.9.2, 6.10, 7, 8.1, 8.1.2, 8.1.2.1, 8.1.2.2, 8.1.2.3, 8.1.2.6, 8.2, hpack 2.3.3, hpack 4.2, hpack 5.2, hpack 6.1, hpack 6.3
"""
CASES_OF = {name.strip(): [case for case in CASES if case.section == name.strip()] for name in SECTIONS.split(",")}


def name_of(code: int) -> str:
    return CODES[code] if code < len(CODES) else str(code)


def event(kind: int, flags: int, payload: bytes) -> str:
    """A frame that the server sent, in words."""
    if kind == h2.GOAWAY:
        return f"goaway {name_of(struct.unpack_from('>I', payload, 4)[0])}"
    if kind == h2.RST_STREAM:
        return f"reset {name_of(struct.unpack('>I', payload)[0])}"
    if kind == h2.DATA:
        return "1 byte" if len(payload) == 1 else "bytes"
    if kind == h2.HEADERS:
        return "end" if flags & h2.END_STREAM else "headers"
    if kind == h2.PING and flags & h2.ACK:
        return f"ping {payload.decode(errors='replace')}"
    if kind == h2.SETTINGS and flags & h2.ACK:
        return "settings acknowledged"
    return f"frame {kind}"


def events(port: int, sent: bytes) -> Iterator[str]:
    """What the server does about it, until it closes the connection or nothing comes any more."""
    with h2.connect(port) as connection:
        end = time.monotonic() + PATIENCE
        received = b""
        try:
            connection.sendall(sent + h2.frame(h2.PING, payload=PROBE))
            while (left := end - time.monotonic()) > 0:
                connection.settimeout(left)
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
                while len(received) >= 9 and len(received) >= (size := 9 + int.from_bytes(received[:3], "big")):
                    yield event(received[3], received[4], received[9:size])
                    received = received[size:]
        except TimeoutError:
            return
        except OSError:
            pass
        yield CLOSED


def is_outcome(outcome: str, seen: list[str]) -> bool:
    if outcome == IGNORED:
        return "ping " + PROBE.decode() in seen and not any(what.startswith(("goaway", CLOSED)) for what in seen)
    if outcome in (ANSWERED, REFUSED):
        return "end" in seen and ("bytes" in seen) == (outcome == ANSWERED)
    return outcome in seen


def try_case(server: Server, case: Case) -> None:
    wanted = {DEVIATIONS[case.title]} if case.title in DEVIATIONS else case.outcomes
    seen: list[str] = []
    for what in events(server.port, case.sent):
        seen.append(what)
        if any(is_outcome(outcome, seen) for outcome in wanted):
            return
    raise AssertionError(f"{case.title}: {seen[-20:]}; wanted {sorted(wanted)}")


@pytest.mark.parametrize("section", CASES_OF)
def test_a_section_is_kept_or_its_breach_harms_nobody(server: Server, good: GoodRequests, section: str) -> None:
    assert CASES_OF[section]
    for case in CASES_OF[section]:
        try_case(server, case)
        good.faults["sequences of the sections of HTTP/2 and HPACK"] += 1
        good.check(server, ("felt",))


def test_each_case_has_a_section_and_each_deviation_a_case() -> None:
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) == sum(map(len, CASES_OF.values()))
    assert set(DEVIATIONS) <= set(titles)
    # Else it would be none.
    assert not [case.title for case in CASES if DEVIATIONS.get(case.title) in case.outcomes]

"""The processes that decode pictures: killed and stopped while pictures are in them."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
from pathlib import Path

import grpc
import pytest
from PIL import Image

from faults.conftest import LONG
from faults.control import ALL, Control
from faults.good import HOLE, GoodRequests
from faults.server import Answer, Server, await_true


REFUSED = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE}


def decoders(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    return [int(child) for file in children for child in file.read_text().split()]


def under_load(server: Server, fault: object) -> list[Answer]:
    """What the stations were answered while `fault()` was called again and again."""
    answers: list[Answer] = []

    def ask() -> None:
        for _ in range(200 if LONG else 15):
            answers.append(server.score("felt", HOLE))

    stations = [threading.Thread(target=ask) for _ in range(3)]
    for station in stations:
        station.start()
    for station in stations:
        while station.is_alive():
            fault()  # type: ignore[operator]
            station.join(0.05)
    return answers


def encoded(kind: str) -> bytes:
    """HOLE as a file of this format, without loss but for JPEG."""
    file = io.BytesIO()
    Image.open(io.BytesIO(HOLE)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_each_allocation_of_a_decoding_process_fails_once(
    server: Server, decoder_control: Control, good: GoodRequests, kind: str
) -> None:
    """That picture is refused; the same process decodes the next one."""
    picture = encoded(kind)
    before = decoders(server)
    expected = server.score("felt", picture)
    skip = 0
    while True:
        with decoder_control.failing_memory("", skip=skip):
            answer = server.score("felt", picture)
        if decoder_control.get("failed") == 0:
            break
        good.faults["failed allocations of decoding processes"] += 1
        if answer.ok:
            assert answer.response.inspection.raw_score == expected.response.inspection.raw_score  # type: ignore[attr-defined]
        else:
            assert answer.code in REFUSED, f"allocation {skip}: {answer}"
        good.check(server, ("felt",))
        skip += 1 if LONG else 11
    assert skip > 0 and answer.ok
    assert decoders(server) == before


def test_decoding_processes_without_memory_refuse_pictures_until_there_is_some(
    server: Server, decoder_control: Control, good: GoodRequests
) -> None:
    with decoder_control.failing_memory("", count=ALL, at_least=4096):
        answers = [server.score("felt", HOLE) for _ in range(3)]
    good.faults["failed allocations of decoding processes"] += decoder_control.get("failed")
    assert {answer.code for answer in answers} <= REFUSED, answers
    await_true(lambda: server.score("felt", HOLE).ok, "decoding again")


def test_a_decoding_process_is_killed(server: Server, good: GoodRequests) -> None:
    """With a picture in it: that picture is refused or decoded by another one, and no other is hit."""

    def kill() -> None:
        for decoder in decoders(server)[:1]:
            # It may have ended by itself, killed while it began.
            with contextlib.suppress(ProcessLookupError):
                os.kill(decoder, signal.SIGKILL)
                good.faults["decoding processes killed or stopped"] += 1

    answers = under_load(server, kill)
    assert {answer.code for answer in answers} <= {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}
    await_true(lambda: server.score("felt", HOLE).ok, "decoding again")


def test_a_decoding_process_stands_still(server: Server, good: GoodRequests) -> None:
    """It is killed when its time is over; the picture that it had is refused."""
    for decoder in decoders(server):
        os.kill(decoder, signal.SIGSTOP)
        good.faults["decoding processes killed or stopped"] += 1
    answer = server.score("felt", HOLE)
    assert answer.ok or "limit" in answer.message, answer
    # Those that nobody has given a picture to stand still yet.
    for decoder in decoders(server):
        os.kill(decoder, signal.SIGCONT)
    await_true(lambda: server.score("felt", HOLE).ok, "decoding again")

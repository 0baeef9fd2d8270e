"""The processes that decode pictures: killed and stopped while pictures are in them."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path

import grpc

from faults.conftest import LONG
from faults.good import HOLE, GoodRequests
from faults.server import Answer, Server, await_true


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


def test_a_decoding_process_is_killed(server: Server, good: GoodRequests) -> None:
    """With a picture in it: that picture is refused or decoded by another one, and no other is hit."""

    def kill() -> None:
        for decoder in decoders(server)[:1]:
            # It may have ended by itself, killed while it began.
            with contextlib.suppress(ProcessLookupError):
                os.kill(decoder, signal.SIGKILL)
                good.faults["decoding processes killed or stopped"] += 1

    answers = under_load(server, kill)
    assert {answer.code for answer in answers} <= {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE}
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

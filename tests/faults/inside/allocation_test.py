"""Memory that cannot be had, in each stage: each allocation on its way in turn, then all large ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from faults.conftest import LONG
from faults.control import ALL, Control
from faults.good import GOOD, HOLE, QUICK, GoodRequests
from faults.server import Answer, Server
from faults.tally import Tally
from mlfsc import _wire as wire
from mlfsc.v1 import inspection_pb2 as pb

OK, EXHAUSTED = grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED
# Allocations that are left out between two that fail.
STRIDE = 1 if LONG else 41

Action = Callable[[Server], Answer]


def score(server: Server) -> Answer:
    return server.score("cloth", HOLE)


def heatmap(server: Server) -> Answer:
    return server.heatmap("cloth", HOLE)


def train(server: Server) -> Answer:
    return server.train("new", QUICK["felt"], GOOD)


def list_categories(server: Server) -> Answer:
    return server.call(wire.LIST_CATEGORIES, pb.ListCategoriesRequest())


@pytest.mark.parametrize(
    ("action", "thread", "at_least"),
    [
        (score, "mlfsc-decode", 0),
        (score, "mlfsc-features", 0),
        (score, "mlfsc-coding", 0),
        (heatmap, "mlfsc-coding", 0),
        # nlohmann-json's destructors take memory, in small pieces; without it the process ends.
        (train, "mlfsc-training", 16384),
        (train, "mlfsc-learning", 16384),
        (train, "mlfsc-features", 0),
        (list_categories, "mlfsc-store", 16384),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_each_allocation_fails_once(
    server: Server, control: Control, good: GoodRequests, action: Action, thread: str, at_least: int
) -> None:
    skip = 0
    while True:
        with control.failing_memory(thread, skip=skip, at_least=at_least):
            answer = action(server)
        if control.get("failed") == 0:
            break
        good.faults["failed allocations"] += 1
        # What failed where it could be done without was not missed.
        assert answer.code in (OK, EXHAUSTED), f"allocation {skip}: {answer}"
        assert answer.ok or "memory" in answer.message, f"allocation {skip}: {answer}"
        good.check(server)
        skip += STRIDE
    assert action(server).ok


@pytest.mark.parametrize("thread", ["mlfsc-decode", "mlfsc-features", "mlfsc-coding", "mlfsc-training"])
def test_all_large_allocations_fail_for_a_while(
    server: Server, control: Control, good: GoodRequests, thread: str
) -> None:
    with control.failing_memory(thread, count=ALL, at_least=16384):
        answer = train(server) if thread == "mlfsc-training" else heatmap(server)
    assert control.get("failed") > 0
    good.faults["failed allocations"] += control.get("failed")
    assert answer.code is EXHAUSTED and "memory" in answer.message, answer


def test_only_the_pictures_that_were_hit_are_refused(server: Server, control: Control, good: GoodRequests) -> None:
    """While others are scored, all right."""
    count = 200 if LONG else 10
    with control.failing_memory("mlfsc-decode", count=count, skip=40):
        for _ in range(count):
            answer = server.score("cloth", HOLE)
            assert answer.code in (OK, EXHAUSTED), answer
    good.faults["failed allocations"] += control.get("failed")


def test_calls_that_gRPC_brings_are_refused_when_there_is_no_memory_to_let_them_in(
    server: Server, control: Control, good: GoodRequests
) -> None:
    """Threads of no name of ours: gRPC's."""
    names = {path.read_text().strip() for path in Path(f"/proc/{server.process.pid}/task").glob("*/comm")}
    for thread in sorted(name for name in names if not name.startswith("mlfsc-")):
        skip = 0
        while True:
            with control.failing_memory(thread, skip=skip):
                answer = server.score("cloth", HOLE)
            if control.get("failed") == 0:
                break
            good.faults["failed allocations"] += 1
            assert answer.code in (OK, EXHAUSTED), f"{thread}, allocation {skip}: {answer}"
            good.check(server)
            skip += 1 if LONG else 9


def test_a_version_that_nobody_has_loaded_is_loaded_by_the_next_request(
    server: Server, control: Control, good: GoodRequests
) -> None:
    """Those who wait for the one that loads are not left waiting."""
    assert server.train("idle", QUICK["felt"], GOOD).ok
    for skip in range(0, 40 if LONG else 8):
        # Version 1 is read again for an export, whatever is loaded.
        with control.failing_memory("mlfsc-store", skip=skip, at_least=16384):
            list_categories(server)
        good.faults["failed allocations"] += control.get("failed")
        assert server.score("idle", HOLE).ok


def test_libtorch_throws(on_libtorch: Server, control: Control, good: GoodRequests, tally: Tally) -> None:
    """posix_memalign fails within it: a c10::Error, at every tensor of a forward pass in turn."""
    good_here = GoodRequests(on_libtorch, tally)
    skip, messages = 0, set()
    while True:
        with control.failing_memory("mlfsc-features", skip=skip, at_least=65536):
            answer = on_libtorch.score("cloth", HOLE)
        if control.get("failed") == 0:
            break
        good.faults["exceptions of LibTorch"] += 1
        assert answer.code is EXHAUSTED, f"allocation {skip}: {answer}"
        messages.add(answer.message)
        good_here.check(on_libtorch)
        skip += 1 if LONG else 7
    assert any(message.startswith("LibTorch: ") for message in messages), messages


def test_others_are_answered_while_one_category_finds_no_memory(
    server: Server, control: Control, good: GoodRequests
) -> None:
    """A training runs out of memory again and again; scores of others are right all the while."""
    stop = threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                good.check(server)
        except AssertionError as error:
            wrong.append(error)

    station = threading.Thread(target=ask)
    station.start()
    for skip in range(0, 60 if LONG else 8):
        with control.failing_memory("mlfsc-training", skip=skip, at_least=16384):
            answer = train(server)
        good.faults["failed allocations"] += control.get("failed")
        assert answer.code in (OK, EXHAUSTED), answer
    stop.set()
    station.join()
    assert not wrong, wrong

"""A store and a spool on a disk that is slow, full or broken."""

from __future__ import annotations

import errno
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from faults.conftest import LONG
from faults.control import READ, RENAME, SYNC, WRITE, Control
from faults.good import GOOD, HOLE, QUICK, GoodRequests
from faults.server import Server
from mlfsc import _wire as wire
from mlfsc.v1 import inspection_pb2 as pb


def versions(server: Server, category: str) -> int:
    answer = server.call(wire.GET_CATEGORY, pb.GetCategoryRequest(category=category))
    return len(answer.response.versions) if answer.ok else 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("error", "code"), [(errno.ENOSPC, "RESOURCE_EXHAUSTED"), (errno.EDQUOT, ""), (errno.EIO, "")])
@pytest.mark.parametrize("operation", [WRITE, SYNC, RENAME])
def test_a_training_says_what_the_disk_said_and_leaves_nothing(
    server: Server, control: Control, good: GoodRequests, operation: int, error: int, code: str
) -> None:
    before = versions(server, "felt")
    with control.failing_files(str(server.store), operation, error=error):
        answer = server.train("felt", QUICK["felt"], GOOD)
    assert control.get("files_hit") > 0
    good.faults["failed or slow file operations"] += control.get("files_hit")
    assert not answer.ok, answer
    assert str(server.store) in answer.message, answer
    if code and operation != RENAME:
        assert answer.code.name == code, answer
    assert versions(server, "felt") == before


def test_a_full_spool_ends_the_training_and_nothing_else(server: Server, control: Control, good: GoodRequests) -> None:
    with control.failing_files("mlfsc-spool-", WRITE, error=errno.ENOSPC):
        answer = server.train("felt", QUICK["felt"], GOOD)
    assert answer.code is grpc.StatusCode.RESOURCE_EXHAUSTED and "spool" in answer.message, answer
    good.faults["failed or slow file operations"] += control.get("files_hit")


def test_scores_do_not_wait_for_a_slow_disk(server: Server, control: Control, good: GoodRequests) -> None:
    began = time.monotonic()
    good.check(server)
    # Several of these fit into each operation, however slow the machine is.
    delay = max(1.0 if LONG else 0.3, 3 * (time.monotonic() - began))
    with control.failing_files(str(server.store), SYNC | RENAME, delay=delay):
        training = ThreadPoolExecutor(1).submit(server.train, "slow", QUICK["felt"], GOOD)
        meanwhile = 0
        while not training.done():
            disk_is_busy = control.get("files_hit") > 0
            good.check(server)
            meanwhile += disk_is_busy and not training.done()
        assert training.result().ok, training.result()
    good.faults["failed or slow file operations"] += control.get("files_hit")
    assert server.score("slow", HOLE).ok
    # One that waited for the disk would be the only one.
    assert meanwhile >= 3


def test_a_store_that_cannot_be_read_does_not_change_what_answers(
    server: Server, control: Control, good: GoodRequests
) -> None:
    with control.failing_files(str(server.store), READ, error=errno.EIO):
        good.check(server)
        server.call(wire.LIST_CATEGORIES, pb.ListCategoriesRequest())
        good.check(server)
    good.faults["failed or slow file operations"] += control.get("files_hit")
    good.check(server)

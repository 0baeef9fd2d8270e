"""A machine whose clock is set while the server works: a day and ten years, forth and back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import grpc
import pytest

from faults.conftest import LONG
from faults.control import Control
from faults.good import GOOD, HOLE, QUICK, GoodRequests
from faults.server import PATIENCE, Server, await_true
from mlfsc import _wire as wire
from mlfsc.v1 import inspection_pb2 as pb

DAY = 86400.0
# Of a training, in seconds.
DEADLINE = 1.0 if LONG else 0.3
JUMPS = [DAY, -DAY, 3652 * DAY, -3652 * DAY] if LONG else [3652 * DAY, -DAY]


@pytest.fixture(autouse=True)
def clock_is_set_right_again(control: Control, answers_right_afterwards: None) -> object:
    yield
    control.move_date(0)


@pytest.mark.parametrize("jump", JUMPS)
def test_scores_and_trainings_go_on(server: Server, control: Control, good: GoodRequests, jump: float) -> None:
    stub = server.channel.stream_stream(
        wire.TRAIN.path, request_serializer=wire.TRAIN.serialize, response_deserializer=wire.TRAIN.parse
    )

    def requests() -> Iterator[pb.TrainRequest]:
        yield pb.TrainRequest(start=pb.TrainRequest.Start(category="dated", options=QUICK["felt"]))
        for index, picture in enumerate(GOOD):
            if index == 3:
                control.move_date(jump)
            yield pb.TrainRequest(picture=pb.Picture(encoded=picture))

    last = None
    for last in stub(requests(), timeout=PATIENCE):
        pass
    assert last is not None and last.HasField("result")
    good.faults["clock jumps"] += 1
    good.check(server)
    control.move_date(0)
    good.faults["clock jumps"] += 1
    good.check(server)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_change_of_the_store_is_still_noticed(
    server: Server, control: Control, good: GoodRequests, jump: float
) -> None:
    """The watcher looks as often as it is told to, whatever the date."""
    for _ in range(2 if LONG else 1):
        if not server.call(wire.GET_CATEGORY, pb.GetCategoryRequest(category="watched")).ok:
            assert server.train("watched", QUICK["felt"], GOOD).ok
        control.move_date(jump)
        good.faults["clock jumps"] += 1
        active = server.store / "watched" / "active"
        kept = active.read_bytes()
        active.unlink()
        await_true(lambda: server.score("watched", HOLE).code is grpc.StatusCode.FAILED_PRECONDITION, "noticed")
        active.write_bytes(kept)
        await_true(lambda: server.score("watched", HOLE).ok, "noticed again")
        control.move_date(0)


@pytest.mark.parametrize("jump", JUMPS)
def test_deadlines_that_came_before_the_jump_are_kept(
    server: Server, control: Control, good: GoodRequests, jump: float
) -> None:
    """A training that nobody ends, with a short deadline: it ends then, not a day later."""
    stub = server.channel.stream_stream(
        wire.TRAIN.path, request_serializer=wire.TRAIN.serialize, response_deserializer=wire.TRAIN.parse
    )

    def requests() -> Iterator[pb.TrainRequest]:
        yield pb.TrainRequest(start=pb.TrainRequest.Start(category="late", options=QUICK["felt"]))
        control.move_date(jump)
        time.sleep(3 * DEADLINE)

    with pytest.raises(grpc.RpcError):
        for _ in stub(requests(), timeout=DEADLINE):
            pass
    good.faults["clock jumps"] += 1
    # The client's side is no proof: its own timer rings. The server's desk must be free.
    await_true(lambda: server.train("late", QUICK["felt"], GOOD).ok, "the desk is free")

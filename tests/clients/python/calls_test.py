"""How calls of both clients behave when the server is away, busy, slow or says no."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import grpc
import numpy as np
import pytest

import mlfsc
from clients.python.fake_server import Refusal, fake_server
from mlfsc.v1 import inspection_pb2 as pb

AWAY = Refusal(grpc.StatusCode.UNAVAILABLE, "shutting down")
# What gRPC's server says of a call that reaches it in the moment of its shutdown.
LET_GO = Refusal(grpc.StatusCode.CANCELLED, "CANCELLED")
BUSY = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "queue holds 8 pictures; the limit is 8", retry_delay=0.001)
FULL = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "message has 9 bytes; the limit is 8")
SCORED = pb.ScoreResponse(inspection=pb.Inspection(category="cloth", version=3, verdict=pb.OK))
CATEGORY = pb.Category(category="cloth", active_version=3)
WAITING = pb.TrainResponse(progress=pb.TrainProgress(phase=pb.TrainProgress.WAITING, seconds_left=-1))
LEARNING = pb.TrainResponse(progress=pb.TrainProgress(phase=pb.TrainProgress.LEARNING, seconds_left=2))
TRAINED = pb.TrainResponse(result=pb.TrainResult(version=pb.Version(version=4)))
PICTURE = b"a file"


class Silence(list[Any]):
    """An answer that does not come before `over` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.over = threading.Event()

    def __iter__(self) -> Iterator[Any]:
        self.begun.set()
        self.over.wait()
        yield SCORED


class Do(Protocol):
    def __call__(self, server: str, method: str, *arguments: Any, **keywords: Any) -> Any: ...


@pytest.fixture(params=["sync", "asyncio"])
def do(request: pytest.FixtureRequest) -> Do:
    """Calls a method of a client of one kind or the other."""
    retry = mlfsc.RetryOptions(timeout=20, initial_backoff=0.001, max_backoff=0.002, max_attempts=3)

    def blocking(server: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        with mlfsc.Client(server, token="secret", retry=retry) as client:
            return getattr(client, method)(*arguments, **keywords)

    async def awaiting(server: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        async with mlfsc.AsyncClient(server, token="secret", retry=retry) as client:
            return await getattr(client, method)(*arguments, **keywords)

    def run(server: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        return asyncio.run(awaiting(server, method, *arguments, **keywords))

    return blocking if request.param == "sync" else run


def test_the_token_is_sent_with_every_call(do: Do) -> None:
    with fake_server(SCORED, [TRAINED]) as server:
        do(server.address, "score", "cloth", PICTURE, version=3)
        do(server.address, "train", "cloth", [PICTURE])
        assert [metadata["authorization"] for _, _, metadata in server.calls] == ["Bearer secret"] * 2
        (request,) = server.calls[0][1]
        assert (request.category, request.version, request.picture.encoded) == ("cloth", 3, PICTURE)


@pytest.mark.parametrize("refusal", [AWAY, LET_GO, BUSY])
def test_what_may_be_tried_again_is(do: Do, refusal: Refusal) -> None:
    with fake_server(refusal, refusal, SCORED) as server:
        assert do(server.address, "score", "cloth", PICTURE).version == 3
        assert server.methods == ["Score"] * 3


def test_calls_go_to_the_servers_of_a_name_in_turn() -> None:
    listed = pb.ListCategoriesResponse()

    def blocking(name: str, enough: Callable[[], bool]) -> None:
        with mlfsc.Client(name) as client:
            # The second of them is connected to later.
            while not enough():
                client.list_categories()

    async def awaiting(name: str, enough: Callable[[], bool]) -> None:
        async with mlfsc.AsyncClient(name) as client:
            while not enough():
                await client.list_categories()

    for kind in ("sync", "asyncio"):
        with fake_server(*[listed] * 10_000) as one, fake_server(*[listed] * 10_000) as two:
            name = f"ipv4:{one.address},{two.address}"

            def enough() -> bool:
                return len(one.calls) > 0 and len(two.calls) > 0

            if kind == "sync":
                blocking(name, enough)
            else:
                asyncio.run(awaiting(name, enough))


def test_what_may_not_is_final(do: Do) -> None:
    with fake_server(FULL) as server:
        with pytest.raises(mlfsc.ResourceExhaustedError, match="^message has 9 bytes; the limit is 8$") as raised:
            do(server.address, "score", "cloth", PICTURE)
        assert raised.value.retry_delay is None


def test_a_server_that_stays_away_is_given_up_and_named(do: Do) -> None:
    with fake_server(AWAY, AWAY, AWAY) as server:
        with pytest.raises(mlfsc.UnavailableError, match=f"server {server.address}: shutting down"):
            do(server.address, "list_categories")
        assert server.methods == ["ListCategories"] * 3


def test_a_call_ends_with_its_time(do: Do) -> None:
    with fake_server(Refusal(BUSY.code, "busy", retry_delay=3600)) as server:
        with pytest.raises(mlfsc.ResourceExhaustedError) as raised:
            do(server.address, "score", "cloth", PICTURE)
        assert raised.value.retry_delay == 3600

    silence = Silence()
    with fake_server(silence) as server:
        with pytest.raises(mlfsc.DeadlineExceededError):
            do(server.address, "score", "cloth", PICTURE, timeout=0.05)
        silence.over.set()


def test_a_call_that_its_caller_ends_is_not_made_again() -> None:
    def score(client: mlfsc.Client) -> None:
        with pytest.raises(mlfsc.CancelledError):
            client.score("cloth", PICTURE)

    silence = Silence()
    with fake_server(silence) as server:
        client = mlfsc.Client(server.address)
        thread = threading.Thread(target=score, args=[client])
        thread.start()
        silence.begun.wait()
        client.close()
        thread.join()
        silence.over.set()
        assert server.methods == ["Score"]


def test_a_task_that_is_cancelled_is_not_made_again() -> None:
    silence = Silence()

    async def score(address: str) -> None:
        async with mlfsc.AsyncClient(address) as client:
            task = asyncio.create_task(client.score("cloth", PICTURE))
            await asyncio.to_thread(silence.begun.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with fake_server(silence) as server:
        asyncio.run(score(server.address))
        silence.over.set()
        assert server.methods == ["Score"]


@pytest.mark.parametrize(
    ("method", "arguments", "keywords", "answer"),
    [
        ("delete_version", ("cloth", 1), {}, CATEGORY),
        ("delete_category", ("cloth",), {}, pb.DeleteCategoryResponse()),
        ("set_threshold", ("cloth",), {"threshold": 7.0}, CATEGORY),
    ],
)
def test_changes_that_cannot_be_made_twice_are_repeated_only_when_refused(
    do: Do, method: str, arguments: tuple[Any, ...], keywords: dict[str, Any], answer: Any
) -> None:
    for lost in (AWAY, LET_GO):
        with fake_server(lost) as server, pytest.raises(mlfsc.UnavailableError):
            do(server.address, method, *arguments, **keywords)
    with fake_server(BUSY, answer) as server:
        do(server.address, method, *arguments, **keywords)
        assert len(server.calls) == 2


def test_a_training_is_begun_anew_until_the_server_has_begun(do: Do) -> None:
    heard: list[mlfsc.TrainProgress] = []
    with fake_server(AWAY, LET_GO, [WAITING, BUSY], [WAITING, LEARNING, TRAINED]) as server:
        result = do(server.address, "train", "cloth", [PICTURE, PICTURE], on_progress=heard.append)
        assert result.version.version == 4
        start, *pictures = server.calls[3][1]
        assert start.start.category == "cloth" and start.start.expected_pictures == 2
        assert [message.picture.encoded for message in pictures] == [PICTURE, PICTURE]
    assert [(p.phase, p.seconds_left) for p in heard[-2:]] == [(mlfsc.Phase.WAITING, None), (mlfsc.Phase.LEARNING, 2.0)]

    with fake_server([LEARNING, AWAY]) as server, pytest.raises(mlfsc.UnavailableError):
        do(server.address, "train", "cloth", [PICTURE])
    # Its pictures are gone.
    with fake_server(AWAY) as server, pytest.raises(mlfsc.UnavailableError):
        do(server.address, "train", "cloth", iter([PICTURE]))


def test_a_training_without_a_result_is_an_error(do: Do) -> None:
    with fake_server([LEARNING]) as server, pytest.raises(mlfsc.InternalError, match="without a result"):
        do(server.address, "train", "cloth", [PICTURE])


def test_a_recalibration_is_sent_like_a_training(do: Do) -> None:
    with fake_server([TRAINED]) as server:
        assert do(server.address, "recalibrate", "cloth", [PICTURE], version=2, keep_active=True).version.version == 4
        assert server.methods == ["RecalibrateCategory"]
        start, picture = server.calls[0][1]
        assert (start.start.version, start.start.keep_active, start.start.expected_pictures) == (2, True, 1)
        assert picture.picture.encoded == PICTURE


def test_a_threshold_is_set_by_one_of_two(do: Do) -> None:
    with fake_server(CATEGORY) as server:
        do(server.address, "set_threshold", "cloth", false_alarm_rate=0.02, keep_active=True)
        (request,) = server.calls[0][1]
        assert request.WhichOneof("limit") == "false_alarm_rate" and request.keep_active
    for keywords in ({}, {"threshold": 1.0, "false_alarm_rate": 0.1}):
        with pytest.raises(ValueError, match="either"):
            do("127.0.0.1:1", "set_threshold", "cloth", **keywords)


def test_an_export_is_written_whole_or_not_at_all(do: Do, tmp_path: Path) -> None:
    pieces = [pb.ExportCategoryResponse(data=b"abc"), pb.ExportCategoryResponse(data=b"def")]
    path = tmp_path / "cloth.mlfsc"
    with fake_server(AWAY, pieces) as server:
        assert do(server.address, "export_category", "cloth", path, version=2) == 6
        assert path.read_bytes() == b"abcdef"
    with fake_server([pieces[0], Refusal(grpc.StatusCode.DATA_LOSS, "damaged")]) as server:
        with pytest.raises(mlfsc.DataLossError, match="damaged"):
            do(server.address, "export_category", "cloth", path)
    assert path.read_bytes() == b"abcdef" and list(tmp_path.iterdir()) == [path]
    file = io.BytesIO()
    with fake_server(pieces) as server:
        assert do(server.address, "export_category", "cloth", file) == 6
    assert file.getvalue() == b"abcdef"


def test_an_import_is_sent_in_pieces(do: Do, tmp_path: Path) -> None:
    data = np.random.default_rng(0).bytes(600_000)
    path = tmp_path / "cloth.mlfsc"
    path.write_bytes(data)
    for source in (path, data, io.BytesIO(data)):
        with fake_server(pb.ImportCategoryResponse(category="felt", version=pb.Version(version=1))) as server:
            result = do(server.address, "import_category", source, category="felt", keep_active=True)
            assert (result.category, result.version.version) == ("felt", 1)
            start, *pieces = server.calls[0][1]
            assert (start.start.category, start.start.keep_active) == ("felt", True)
            assert len(pieces) == 3 and b"".join(piece.data for piece in pieces) == data
    with fake_server([]) as server, pytest.raises(FileNotFoundError, match="gone"):
        do(server.address, "import_category", tmp_path / "gone")
    with fake_server(Refusal(grpc.StatusCode.INVALID_ARGUMENT, "not a bundle")) as server:
        with pytest.raises(mlfsc.InvalidArgumentError, match="not a bundle"):
            do(server.address, "import_category", data)


def test_statistics_become_plain_data(do: Do) -> None:
    answer = pb.GetStatisticsResponse(trainings=1)
    answer.start_time.FromSeconds(1000)
    one = answer.categories.add(category="cloth", ok=5, review=2, nok=1, score_histogram=[8, 0])
    one.minutes.add(pictures=8, flagged=2, mean_normalized_score=0.25).start_time.FromSeconds(1060)
    answer.queues.add(stage="decode", waiting=3, capacity=64)
    with fake_server(answer) as server:
        statistics = do(server.address, "statistics", "cloth")
        assert server.calls[0][1][0].category == "cloth"
    assert statistics.start_time.timestamp() == 1000 and statistics.trainings == 1
    (found,) = statistics.categories
    assert (found.ok, found.review, found.nok, found.score_histogram) == (5, 2, 1, (8, 0))
    (minute,) = found.minutes
    assert (minute.start_time.timestamp(), minute.pictures, minute.mean_normalized_score) == (1060, 8, 0.25)
    assert statistics.queues == (mlfsc.QueueStatistics("decode", 3, 64),)

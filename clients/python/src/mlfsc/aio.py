"""The asyncio client."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO, Literal, TypeVar

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2

from mlfsc import _convert as convert
from mlfsc import _requests as requests
from mlfsc import _wire as wire
from mlfsc._address import check_server_address
from mlfsc._files import Source, writing_to
from mlfsc._process import OwnProcess
from mlfsc._wire import Method, RequestT, ResponseT, Sent
from mlfsc.client import Client
from mlfsc.connection import DEFAULT_SERVER, Connection, Tls
from mlfsc.errors import Error, NotFoundError
from mlfsc.options import CategoryOptions, OutlierAction
from mlfsc.pictures import Notices, PictureLike, name_of
from mlfsc.results import (
    Category,
    Health,
    Heatmap,
    HeatmapPicture,
    ImportResult,
    Inspection,
    Statistics,
    TrainProgress,
    TrainResult,
)
from mlfsc.retry import Retry, RetryOptions
from mlfsc.v1 import inspection_pb2 as pb

ResultT = TypeVar("ResultT")


class AsyncClient:
    """mlfsc.Client for asyncio: the same methods, to be awaited. Belongs to the event loop that makes its first call.

        async with mlfsc.AsyncClient("127.0.0.1:50051") as client:
            inspections = await asyncio.gather(*(client.score("carpet", path) for path in paths))

    A task that is cancelled cancels its call, and a training leaves nothing behind.
    """

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        token: str = "",
        tls: Tls | None = None,
        retry: RetryOptions = RetryOptions(),
    ) -> None:
        self._process = OwnProcess()
        check_server_address(server)
        self._connection = Connection(server, tls, token)
        self._retry = retry
        self._closed = False
        self._notices = Notices()
        self._credentials = None if tls is None else tls.credentials()
        self._opened: grpc.aio.Channel | None = None

    @classmethod
    def from_environment(cls, *, retry: RetryOptions = RetryOptions()) -> AsyncClient:
        """As Client.from_environment."""
        connection = Connection.from_environment()
        return cls(connection.server, token=connection.token, tls=connection.tls, retry=retry)

    async def close(self) -> None:
        """Ends the connection, and the calls that are on it."""
        self._closed = True
        # The connection of a process that this one was forked from is that one's to end.
        if self._opened is not None and self._process.is_this():
            await self._opened.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # Inspecting.

    async def score(
        self,
        category: str,
        picture: PictureLike,
        *,
        version: int = 0,
        bit_depth: int = 0,
        page: int = 0,
        timeout: float | None = None,
    ) -> Inspection:
        """Scores one picture. `bit_depth` and `page`: see mlfsc.pictures.to_picture."""
        request = await asyncio.to_thread(requests.score, category, picture, version, bit_depth, page)
        response = await self._call(wire.SCORE, request, timeout, name=name_of(picture))
        return self._told(picture, convert.inspection(response.inspection))

    async def heatmap(
        self,
        category: str,
        picture: PictureLike,
        *,
        version: int = 0,
        bit_depth: int = 0,
        page: int = 0,
        timeout: float | None = None,
    ) -> Heatmap:
        """Scores one picture and says for each of its pixels how far it departs from good."""
        format = pb.HeatmapRequest.FLOAT32_MAP
        request = await asyncio.to_thread(requests.heatmap, category, picture, version, bit_depth, page, format)
        heatmap = convert.heatmap(await self._call(wire.HEATMAP, request, timeout, name=name_of(picture)))
        self._told(picture, heatmap.inspection)
        return heatmap

    async def heatmap_picture(
        self,
        category: str,
        picture: PictureLike,
        *,
        style: Literal["overlay", "color_map"] = "overlay",
        version: int = 0,
        bit_depth: int = 0,
        page: int = 0,
        timeout: float | None = None,
    ) -> HeatmapPicture:
        """Scores one picture and draws where it departs from good, over the picture or alone."""
        format = requests.heatmap_format(style)
        request = await asyncio.to_thread(requests.heatmap, category, picture, version, bit_depth, page, format)
        heatmap = convert.heatmap_picture(await self._call(wire.HEATMAP, request, timeout, name=name_of(picture)))
        self._told(picture, heatmap.inspection)
        return heatmap

    # Learning.

    async def train(
        self,
        category: str,
        pictures: Iterable[PictureLike] | AsyncIterable[PictureLike],
        *,
        options: CategoryOptions | None = None,
        skip_bad_pictures: bool = False,
        keep_active: bool = False,
        outliers: OutlierAction = OutlierAction.WARN,
        bit_depth: int = 0,
        page: int = 0,
        on_progress: Callable[[TrainProgress], None] | None = None,
        timeout: float | None = None,
    ) -> TrainResult:
        """Learns a category from good pictures and returns its new version.

        As Client.train. Pictures of an ordinary iterable are taken on another thread, those of an asynchronous one on the
        loop; `on_progress` is called on the loop.
        """
        tell = _on_loop(on_progress)
        with _Pictures(pictures) as taken:
            return await self._in_thread(
                lambda client: client.train(
                    category,
                    taken.for_thread(),
                    options=options,
                    skip_bad_pictures=skip_bad_pictures,
                    keep_active=keep_active,
                    outliers=outliers,
                    bit_depth=bit_depth,
                    page=page,
                    on_progress=tell,
                    timeout=timeout,
                )
            )

    async def recalibrate(
        self,
        category: str,
        pictures: Iterable[PictureLike] | AsyncIterable[PictureLike],
        *,
        version: int = 0,
        skip_bad_pictures: bool = False,
        keep_active: bool = False,
        outliers: OutlierAction = OutlierAction.WARN,
        bit_depth: int = 0,
        page: int = 0,
        on_progress: Callable[[TrainProgress], None] | None = None,
        timeout: float | None = None,
    ) -> TrainResult:
        """Sets new limits from good pictures that the version was not learnt from: a new version. As `train` otherwise."""
        tell = _on_loop(on_progress)
        with _Pictures(pictures) as taken:
            return await self._in_thread(
                lambda client: client.recalibrate(
                    category,
                    taken.for_thread(),
                    version=version,
                    skip_bad_pictures=skip_bad_pictures,
                    keep_active=keep_active,
                    outliers=outliers,
                    bit_depth=bit_depth,
                    page=page,
                    on_progress=tell,
                    timeout=timeout,
                )
            )

    # Categories and their versions.

    async def list_categories(self, *, timeout: float | None = None) -> list[Category]:
        """All categories of the store, by name."""
        return convert.categories(await self._call(wire.LIST_CATEGORIES, pb.ListCategoriesRequest(), timeout))

    async def get_category(self, category: str, *, timeout: float | None = None) -> Category:
        """One category with all its versions."""
        return convert.category(await self._call(wire.GET_CATEGORY, pb.GetCategoryRequest(category=category), timeout))

    async def activate_version(self, category: str, version: int, *, timeout: float | None = None) -> Category:
        """Makes a version the one that answers; also the way back to an older one."""
        request = pb.ActivateVersionRequest(category=category, version=version)
        return convert.category(await self._call(wire.ACTIVATE_VERSION, request, timeout))

    async def delete_version(self, category: str, version: int, *, timeout: float | None = None) -> Category:
        """Deletes a version for good. The active one is refused."""
        request = pb.DeleteVersionRequest(category=category, version=version)
        return convert.category(await self._call(wire.DELETE_VERSION, request, timeout, repeatable=False))

    async def delete_category(self, category: str, *, timeout: float | None = None) -> None:
        """Deletes a category with all its versions for good."""
        request = pb.DeleteCategoryRequest(category=category)
        await self._call(wire.DELETE_CATEGORY, request, timeout, repeatable=False)

    async def set_threshold(
        self,
        category: str,
        *,
        threshold: float | None = None,
        false_alarm_rate: float | None = None,
        version: int = 0,
        keep_active: bool = False,
        timeout: float | None = None,
    ) -> Category:
        """Moves the threshold: a new version, which differs from `version` in its calibration only.

        Either `threshold`, the raw score above which a picture is flagged, or `false_alarm_rate`, the share of new good
        pictures that may score above it.
        """
        request = requests.set_threshold(category, threshold, false_alarm_rate, version, keep_active)
        return convert.category(await self._call(wire.SET_THRESHOLD, request, timeout, repeatable=False))

    async def export_category(
        self,
        category: str,
        to: str | os.PathLike[str] | BinaryIO,
        *,
        version: int = 0,
        timeout: float | None = None,
    ) -> int:
        """Writes one version as one file, which `import_category` takes on another server; returns its bytes.

        A path is written all at once or not at all.
        """
        request = pb.ExportCategoryRequest(category=category, version=version)
        retry = self._begin(timeout)
        method = wire.EXPORT
        callable_ = self._channel.unary_stream(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        with writing_to(to) as file:
            while True:
                written = 0
                call = callable_(request, timeout=retry.time_left(), metadata=self._connection.metadata())
                try:
                    async for response in call:
                        await asyncio.to_thread(file.write, response.data)
                        written += len(response.data)
                    return written
                except grpc.RpcError as rpc_error:
                    error = self._error(rpc_error)
                finally:
                    call.cancel()
                # What is in the caller's file cannot be taken back.
                await self._wait(retry, error, repeatable=written == 0)

    async def import_category(
        self,
        source: Source,
        *,
        category: str = "",
        keep_active: bool = False,
        timeout: float | None = None,
    ) -> ImportResult:
        """Adds a version from a file that `export_category` wrote: its path, its bytes or an open file.

        `category`: what to call it here; empty for the name it was exported under.
        """
        return await self._in_thread(
            lambda client: client.import_category(source, category=category, keep_active=keep_active, timeout=timeout)
        )

    # The server itself.

    async def statistics(self, category: str = "", *, timeout: float | None = None) -> Statistics:
        """Traffic, verdicts and scores since the server began; of all categories when none is named."""
        request = pb.GetStatisticsRequest(category=category)
        return convert.statistics(await self._call(wire.GET_STATISTICS, request, timeout))

    async def health(self, category: str = "", *, timeout: float | None = None) -> Health:
        """Whether the server serves, or one category of it. Never raises NotFoundError: that is Health.UNKNOWN."""
        request = health_pb2.HealthCheckRequest(service=requests.health_service(category))
        try:
            return convert.health(await self._call(wire.HEALTH, request, timeout))
        except NotFoundError:
            return Health.UNKNOWN

    # How calls behave.

    @property
    def _channel(self) -> grpc.aio.Channel:
        if self._opened is None:
            # Not before: a channel belongs to the loop that runs when it is made.
            server, arguments = self._connection.server, self._connection.arguments()
            if self._credentials is None:
                self._opened = grpc.aio.insecure_channel(server, arguments)
            else:
                self._opened = grpc.aio.secure_channel(server, self._credentials, arguments)
        return self._opened

    def _begin(self, timeout: float | None) -> Retry:
        self._process.check()
        options = self._retry if timeout is None else dataclasses.replace(self._retry, timeout=timeout)
        return Retry(options)

    def _error(self, error: grpc.RpcError, sent: Sent | None = None) -> Error:
        return wire.from_rpc_error(error, self._connection.server, closed=self._closed, sent=sent)

    def _told(self, picture: PictureLike, inspection: Inspection) -> Inspection:
        self._notices.tell(name_of(picture), inspection.notice)
        return inspection

    async def _wait(self, retry: Retry, error: Error, *, repeatable: bool = True) -> None:
        pause = retry.pause_after(error, repeatable=repeatable)
        if pause is None:
            raise error
        await asyncio.sleep(pause)

    async def _call(
        self,
        method: Method[RequestT, ResponseT],
        request: RequestT,
        timeout: float | None,
        *,
        repeatable: bool = True,
        name: str = "",
    ) -> ResponseT:
        """`name`: of the picture in the request."""
        retry = self._begin(timeout)
        callable_ = self._channel.unary_unary(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        while True:
            try:
                return await callable_(request, timeout=retry.time_left(), metadata=self._connection.metadata())
            except grpc.RpcError as rpc_error:
                error = self._error(rpc_error, Sent.one(name, request.ByteSize()))
            await self._wait(retry, error, repeatable=repeatable)

    async def _in_thread(self, work: Callable[[Client], ResultT]) -> ResultT:
        """Calls that send a stream are made by a synchronous client on a thread.

        In grpc.aio, a server that ends such a call while the client sends is not heard: its status is replaced by
        "Internal error from Core" (grpc/grpc issue 36066).
        """
        self._process.check()
        client = Client(
            self._connection.server, token=self._connection.token, tls=self._connection.tls, retry=self._retry
        )
        with client, ThreadPoolExecutor(1) as thread:
            running = asyncio.get_running_loop().run_in_executor(thread, work, client)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                # Ends its call, and so the thread.
                client.close()
                await asyncio.wait([running])
                raise


def _on_loop(on_progress: Callable[[TrainProgress], None] | None) -> Callable[[TrainProgress], None] | None:
    """Calls `on_progress` on the loop that runs now, from any thread; what it raises is raised there."""
    if on_progress is None:
        return None
    loop = asyncio.get_running_loop()

    async def tell(progress: TrainProgress) -> None:
        on_progress(progress)

    return lambda progress: asyncio.run_coroutine_threadsafe(tell(progress), loop).result()


class _Pictures:
    """Pictures for a thread, which may come from a generator of the loop. After the block, none are waited for."""

    def __init__(self, pictures: Iterable[PictureLike] | AsyncIterable[PictureLike]) -> None:
        self._pictures = pictures
        self._loop = asyncio.get_running_loop()
        self._next: Future[PictureLike | None] | None = None

    def __enter__(self) -> _Pictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._next is not None:
            self._next.cancel()

    def for_thread(self) -> Iterable[PictureLike]:
        if isinstance(self._pictures, AsyncIterable):
            return self._from_loop(aiter(self._pictures))
        return self._pictures

    def _from_loop(self, pictures: AsyncIterator[PictureLike]) -> Iterator[PictureLike]:
        async def next_one() -> PictureLike | None:
            return await anext(pictures, None)

        while True:
            self._next = asyncio.run_coroutine_threadsafe(next_one(), self._loop)
            picture = self._next.result()
            if picture is None:
                return
            yield picture

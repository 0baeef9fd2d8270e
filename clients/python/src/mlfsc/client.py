"""The synchronous client."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import BinaryIO, Generic, Literal

import grpc
from grpc_health.v1 import health_pb2

from mlfsc import _convert as convert
from mlfsc import _requests as requests
from mlfsc import _wire as wire
from mlfsc._address import check_server_address
from mlfsc._files import Source, pieces_of, writing_to
from mlfsc._process import OwnProcess
from mlfsc._sent import SentPictures
from mlfsc._wire import Method, RequestT, ResponseT, Sent
from mlfsc.connection import DEFAULT_SERVER, MAX_MESSAGE_BYTES, Connection, Tls
from mlfsc.errors import Error, InternalError, NotFoundError
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


class Client:
    """A server to talk to: learns categories, scores pictures, draws where they depart from good.

        with mlfsc.Client("127.0.0.1:50051") as client:
            inspection = client.score("carpet", "part.png")
            if inspection.verdict == mlfsc.Verdict.NOK: ...

    Connects at the first call, and again whenever the connection is lost. Thread-safe. Not to be used in a process that
    is forked later: calls raise ForkedError there. Errors are those of mlfsc.errors,
    with the codes and messages of the wire contract. A `version` of 0 is the active one. `timeout`: seconds for the whole
    call, retries included, instead of the client's own; trainings have none unless told so.
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
        arguments = self._connection.arguments()
        if tls is None:
            self._channel = grpc.insecure_channel(server, arguments)
        else:
            self._channel = grpc.secure_channel(server, tls.credentials(), arguments)

    @classmethod
    def from_environment(cls, *, retry: RetryOptions = RetryOptions()) -> Client:
        """Of the server that the `mlfsc` command would talk to: MLFSC_SERVER, MLFSC_TOKEN_FILE, MLFSC_CLIENT_TLS_CA,
        MLFSC_CLIENT_TLS_CERTIFICATE, MLFSC_CLIENT_TLS_KEY."""
        connection = Connection.from_environment()
        return cls(connection.server, token=connection.token, tls=connection.tls, retry=retry)

    def close(self) -> None:
        """Ends the connection, and the calls that are on it."""
        self._closed = True
        # The connection of a process that this one was forked from is that one's to end.
        if self._process.is_this():
            self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Inspecting.

    def score(
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
        request = requests.score(category, picture, version, bit_depth, page)
        response = self._call(wire.SCORE, request, timeout, name=name_of(picture))
        return self._told(picture, convert.inspection(response.inspection))

    def heatmap(
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
        request = requests.heatmap(category, picture, version, bit_depth, page, pb.HeatmapRequest.FLOAT32_MAP)
        heatmap = convert.heatmap(self._call(wire.HEATMAP, request, timeout, name=name_of(picture)))
        self._told(picture, heatmap.inspection)
        return heatmap

    def heatmap_picture(
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
        request = requests.heatmap(category, picture, version, bit_depth, page, requests.heatmap_format(style))
        heatmap = convert.heatmap_picture(self._call(wire.HEATMAP, request, timeout, name=name_of(picture)))
        self._told(picture, heatmap.inspection)
        return heatmap

    # Learning.

    def train(
        self,
        category: str,
        pictures: Iterable[PictureLike],
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

        Pictures are taken from `pictures` as they are sent, on another thread. `on_progress` is called on this one. What
        either of them raises ends the training, leaves nothing behind on the server, and is raised here. Begun anew while
        the server has not accepted a picture, if `pictures` can be gone through again.

        `skip_bad_pictures`: files that cannot be read or are too large, arrays that are no picture and what the server cannot
        decode are left out, and named in the result, instead of ending it. `bit_depth` and `page` hold for all pictures: see
        mlfsc.pictures.to_picture.

        Pictures that do not look like the others are named in the result; with `outliers="drop"` they are kept out of the
        learning as well.
        """
        start = requests.train_start(
            category, options, skip_bad_pictures, keep_active, outliers, requests.expected(pictures)
        )
        sent = SentPictures(pictures, skip_bad_pictures, self._most_bytes(skip_bad_pictures), bit_depth, page)

        def messages() -> Iterator[pb.TrainRequest]:
            yield start
            for name, picture in sent.messages():
                message = pb.TrainRequest(picture=picture)
                sent.sizes.add(name, message.ByteSize())
                yield message

        return self._train(wire.TRAIN, messages, sent, requests.is_replayable(pictures), on_progress, timeout)

    def recalibrate(
        self,
        category: str,
        pictures: Iterable[PictureLike],
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
        start = requests.recalibrate_start(
            category, version, skip_bad_pictures, keep_active, outliers, requests.expected(pictures)
        )
        sent = SentPictures(pictures, skip_bad_pictures, self._most_bytes(skip_bad_pictures), bit_depth, page)

        def messages() -> Iterator[pb.RecalibrateCategoryRequest]:
            yield start
            for name, picture in sent.messages():
                message = pb.RecalibrateCategoryRequest(picture=picture)
                sent.sizes.add(name, message.ByteSize())
                yield message

        return self._train(wire.RECALIBRATE, messages, sent, requests.is_replayable(pictures), on_progress, timeout)

    def _most_bytes(self, skip_bad_pictures: bool) -> int:
        """Of a picture that is sent. What is above the server's own limit ends a call: where bad ones are skipped, it is asked for."""
        told = 0
        if skip_bad_pictures:
            with contextlib.suppress(Error):
                told = self._call(wire.GET_STATISTICS, pb.GetStatisticsRequest(), None).max_message_bytes
        return min(MAX_MESSAGE_BYTES, told) if told else MAX_MESSAGE_BYTES

    # Categories and their versions.

    def list_categories(self, *, timeout: float | None = None) -> list[Category]:
        """All categories of the store, by name."""
        return convert.categories(self._call(wire.LIST_CATEGORIES, pb.ListCategoriesRequest(), timeout))

    def get_category(self, category: str, *, timeout: float | None = None) -> Category:
        """One category with all its versions."""
        return convert.category(self._call(wire.GET_CATEGORY, pb.GetCategoryRequest(category=category), timeout))

    def activate_version(self, category: str, version: int, *, timeout: float | None = None) -> Category:
        """Makes a version the one that answers; also the way back to an older one."""
        request = pb.ActivateVersionRequest(category=category, version=version)
        return convert.category(self._call(wire.ACTIVATE_VERSION, request, timeout))

    def delete_version(self, category: str, version: int, *, timeout: float | None = None) -> Category:
        """Deletes a version for good. The active one is refused."""
        request = pb.DeleteVersionRequest(category=category, version=version)
        return convert.category(self._call(wire.DELETE_VERSION, request, timeout, repeatable=False))

    def delete_category(self, category: str, *, timeout: float | None = None) -> None:
        """Deletes a category with all its versions for good."""
        request = pb.DeleteCategoryRequest(category=category)
        self._call(wire.DELETE_CATEGORY, request, timeout, repeatable=False)

    def set_threshold(
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
        return convert.category(self._call(wire.SET_THRESHOLD, request, timeout, repeatable=False))

    def export_category(
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
        with writing_to(to) as file:
            while True:
                written = 0
                try:
                    with self._receiving(wire.EXPORT, request, retry.time_left()) as responses:
                        for response in responses:
                            file.write(response.data)
                            written += len(response.data)
                    return written
                except Error as error:
                    # What is in the caller's file cannot be taken back.
                    self._wait(retry, error, repeatable=written == 0)

    def import_category(
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
        start = pb.ImportCategoryRequest.Start(category=category, keep_active=keep_active)

        def messages() -> Iterator[pb.ImportCategoryRequest]:
            yield pb.ImportCategoryRequest(start=start)
            for piece in pieces_of(source, requests.CHUNK_BYTES):
                yield pb.ImportCategoryRequest(data=piece)

        left = self._begin(timeout).time_left()
        sending = _Sending(messages())
        method = wire.IMPORT
        callable_ = self._channel.stream_unary(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        call = callable_.future(sending, timeout=left, metadata=self._connection.metadata())
        sending.call.set_result(call)
        try:
            return convert.import_result(call.result())
        except grpc.FutureCancelledError:
            raise sending.error or InternalError("the import was cancelled") from None
        except grpc.RpcError as error:
            raise sending.error or self._error(error) from None
        finally:
            call.cancel()

    # The server itself.

    def statistics(self, category: str = "", *, timeout: float | None = None) -> Statistics:
        """Traffic, verdicts and scores since the server began; of all categories when none is named."""
        request = pb.GetStatisticsRequest(category=category)
        return convert.statistics(self._call(wire.GET_STATISTICS, request, timeout))

    def health(self, category: str = "", *, timeout: float | None = None) -> Health:
        """Whether the server serves, or one category of it. Never raises NotFoundError: that is Health.UNKNOWN."""
        request = health_pb2.HealthCheckRequest(service=requests.health_service(category))
        try:
            return convert.health(self._call(wire.HEALTH, request, timeout))
        except NotFoundError:
            return Health.UNKNOWN

    # How calls behave.

    def _begin(self, timeout: float | None) -> Retry:
        self._process.check()
        options = self._retry if timeout is None else dataclasses.replace(self._retry, timeout=timeout)
        return Retry(options)

    def _error(self, error: grpc.RpcError, sent: Sent | None = None) -> Error:
        return wire.from_rpc_error(error, self._connection.server, closed=self._closed, sent=sent)

    def _told(self, picture: PictureLike, inspection: Inspection) -> Inspection:
        self._notices.tell(name_of(picture), inspection.notice)
        return inspection

    def _wait(self, retry: Retry, error: Error, *, repeatable: bool = True) -> None:
        """Returns when the call is to be made again; raises `error` when it is final."""
        pause = retry.pause_after(error, repeatable=repeatable)
        if pause is None:
            raise error
        time.sleep(pause)

    def _call(
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
                return callable_(request, timeout=retry.time_left(), metadata=self._connection.metadata())
            except grpc.RpcError as rpc_error:
                error = self._error(rpc_error, Sent.one(name, request.ByteSize()))
            self._wait(retry, error, repeatable=repeatable)

    @contextlib.contextmanager
    def _receiving(
        self, method: Method[RequestT, ResponseT], request: RequestT, timeout: float
    ) -> Iterator[Iterator[ResponseT]]:
        callable_ = self._channel.unary_stream(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        call = callable_(request, timeout=timeout, metadata=self._connection.metadata())
        try:
            yield call
        except grpc.RpcError as error:
            raise self._error(error) from None
        finally:
            call.cancel()

    def _train(
        self,
        method: Method[RequestT, pb.TrainResponse],
        messages: Callable[[], Iterator[RequestT]],
        sent: SentPictures,
        replayable: bool,
        on_progress: Callable[[TrainProgress], None] | None,
        timeout: float | None,
    ) -> TrainResult:
        retry = self._begin(timeout)
        while True:
            course = requests.Course()
            try:
                left = None if timeout is None else retry.time_left()
                result = self._train_once(method, _Sending(messages()), sent.sizes, course, on_progress, left)
                for notice in result.picture_notices:
                    self._notices.tell(sent.sizes.name(notice.picture), notice.text)
                return sent.complete(result)
            except Error as error:
                if course.begun or not replayable:
                    raise sent.named(error) from None
                self._wait(retry, error)

    def _train_once(
        self,
        method: Method[RequestT, pb.TrainResponse],
        sending: _Sending[RequestT],
        sent: Sent,
        course: requests.Course,
        on_progress: Callable[[TrainProgress], None] | None,
        timeout: float | None,
    ) -> TrainResult:
        callable_ = self._channel.stream_stream(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        call = callable_(sending, timeout=timeout, metadata=self._connection.metadata())
        sending.call.set_result(call)
        try:
            for response in call:
                progress = course.take(response)
                if progress is not None and on_progress is not None:
                    on_progress(progress)
        except grpc.RpcError as error:
            raise sending.error or self._error(error, sent) from None
        finally:
            call.cancel()
        if course.result is None:
            raise InternalError("the server ended the training without a result")
        return course.result


class _Sending(Generic[RequestT]):
    """Messages that gRPC takes on a thread of its own. What making one raises cancels the call and is kept."""

    def __init__(self, messages: Iterator[RequestT]) -> None:
        self._messages = messages
        self.call: Future[grpc.Call | grpc.Future[object]] = Future()
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[RequestT]:
        return self

    def __next__(self) -> RequestT:
        try:
            return next(self._messages)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            self.call.result().cancel()
            raise StopIteration from None

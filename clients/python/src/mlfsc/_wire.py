"""The methods of the wire contract, and gRPC's errors as ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2

from mlfsc.errors import Error, UnavailableError, error_of
from mlfsc.v1 import inspection_pb2 as pb


RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message)


@dataclass(frozen=True)
class Method(Generic[RequestT, ResponseT]):
    """One method: its path, and the types on both sides."""

    path: str
    request: type[RequestT]
    response: type[ResponseT]

    def serialize(self, request: RequestT) -> bytes:
        return request.SerializeToString()

    def parse(self, data: bytes) -> ResponseT:
        return self.response.FromString(data)


def _inspection(name: str, request: type[RequestT], response: type[ResponseT]) -> Method[RequestT, ResponseT]:
    return Method(f"/mlfsc.v1.InspectionService/{name}", request, response)


SCORE = _inspection("Score", pb.ScoreRequest, pb.ScoreResponse)
HEATMAP = _inspection("Heatmap", pb.HeatmapRequest, pb.HeatmapResponse)
LIST_CATEGORIES = _inspection("ListCategories", pb.ListCategoriesRequest, pb.ListCategoriesResponse)
GET_CATEGORY = _inspection("GetCategory", pb.GetCategoryRequest, pb.Category)
ACTIVATE_VERSION = _inspection("ActivateVersion", pb.ActivateVersionRequest, pb.Category)
DELETE_VERSION = _inspection("DeleteVersion", pb.DeleteVersionRequest, pb.Category)
DELETE_CATEGORY = _inspection("DeleteCategory", pb.DeleteCategoryRequest, pb.DeleteCategoryResponse)
SET_THRESHOLD = _inspection("SetThreshold", pb.SetThresholdRequest, pb.Category)
GET_STATISTICS = _inspection("GetStatistics", pb.GetStatisticsRequest, pb.GetStatisticsResponse)
TRAIN = _inspection("Train", pb.TrainRequest, pb.TrainResponse)
RECALIBRATE = _inspection("RecalibrateCategory", pb.RecalibrateCategoryRequest, pb.TrainResponse)
EXPORT = _inspection("ExportCategory", pb.ExportCategoryRequest, pb.ExportCategoryResponse)
IMPORT = _inspection("ImportCategory", pb.ImportCategoryRequest, pb.ImportCategoryResponse)
HEALTH = Method("/grpc.health.v1.Health/Check", health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse)


_TOO_LARGE = re.compile(r"essage larger than max \((\d+) vs\. (\d+)\)")


class Sent:
    """The messages of a call that hold pictures: names, where there are any, and bytes."""

    def __init__(self) -> None:
        self._messages: list[tuple[str, int]] = []

    @staticmethod
    def one(name: str, size: int) -> Sent:
        sent = Sent()
        sent.add(name, size)
        return sent

    def begin(self) -> None:
        """The call is made anew."""
        self._messages.clear()

    def add(self, name: str, size: int) -> None:
        self._messages.append((name, size))

    def name(self, index: int) -> str:
        """Of the picture at an index from 0, for people."""
        known = self._messages[index][0] if 0 <= index < len(self._messages) else ""
        return known or f"picture {index}"

    def explain(self, message: str) -> str:
        """gRPC's words for a message that is too large, which say two numbers, as ours; others as they are."""
        found = _TOO_LARGE.search(message)
        if found is None:
            return message
        size, limit = int(found[1]), int(found[2])
        names = [name for name, bytes_sent in self._messages if bytes_sent == size]
        if not names:
            return (
                f"the answer has {size} bytes; the limit of this client is {limit}: ask for a map as a picture"
                " (heatmap_picture), or send a smaller picture"
            )
        whose = "this client" if "Sent message" in message else "the server"
        option = "" if "Sent message" in message else " (--max_message_bytes)"
        return (
            f"{names[0] + ': ' if names[0] else ''}the picture makes a message of {size} bytes; the limit of {whose} is"
            f" {limit}{option}: send it compressed (PNG, JPEG), or fewer pixels"
        )


def retry_delay(trailing_metadata: Iterable[Any] | None) -> float | None:
    """Seconds of the google.rpc.RetryInfo among the status's details, if there is one. `trailing_metadata`: pairs."""
    for key, value in trailing_metadata or ():
        if key != "grpc-status-details-bin" or isinstance(value, str):
            continue
        status = status_pb2.Status.FromString(value)
        for detail in status.details:
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(retry):
                return float(retry.retry_delay.seconds) + float(retry.retry_delay.nanos) / 1e9
    return None


def from_rpc_error(error: grpc.RpcError, server: str, *, closed: bool, sent: Sent | None = None) -> Error:
    """gRPC's exception, of a synchronous or an asyncio call, as ours.

    `closed`: whether the client was closed, which cancels its calls. Other calls that their caller ends do not come here.
    """
    code, message = error.code(), error.details() or ""
    if code == grpc.StatusCode.CANCELLED and not closed:
        # gRPC's server answers so to what reaches it in the moment of its shutdown.
        code, message = grpc.StatusCode.UNAVAILABLE, f"let go of the call: {message}"
    if sent is not None and code == grpc.StatusCode.RESOURCE_EXHAUSTED:
        message = sent.explain(message)
    converted = error_of(code, message, retry_delay(error.trailing_metadata()))
    if isinstance(converted, UnavailableError):
        # gRPC's own words for a server that is not there do not always say which.
        return UnavailableError(f"server {server}: {message}", retry_delay=converted.retry_delay)
    return converted

"""A server that gives the answers it is told to, for what the real one does seldom."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from mlfsc import _wire as wire

METHODS: list[wire.Method[Any, Any]] = [value for value in vars(wire).values() if isinstance(value, wire.Method)]


@dataclass
class Refusal:
    """An answer that is an error; with a `retry_delay` (seconds) it carries a google.rpc.RetryInfo."""

    code: grpc.StatusCode
    message: str = "refused"
    retry_delay: float | None = None

    def end(self, context: grpc.ServicerContext) -> None:
        if self.retry_delay is not None:
            delay = Duration()
            delay.FromNanoseconds(round(self.retry_delay * 1e9))
            detail = AnyMessage()
            detail.Pack(error_details_pb2.RetryInfo(retry_delay=delay))
            status = status_pb2.Status(code=self.code.value[0], message=self.message, details=[detail])
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(self.code, self.message)


@dataclass
class FakeServer:
    """Answers each call with the next of `answers`: a Refusal, or the messages of the answer; Refusals may follow those."""

    answers: list[Any] = field(default_factory=list)
    #: Of each call: the method's name, the requests, the metadata.
    calls: list[tuple[str, list[Any], dict[str, str]]] = field(default_factory=list)
    address: str = ""

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.calls]

    def handler(self, method: wire.Method[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
            seen: list[Any] = []
            self.calls.append((method.path.rpartition("/")[2], seen, metadata))
            messages = self.answers.pop(0)
            if isinstance(messages, Refusal):
                messages.end(context)
            seen.extend(requests)
            for message in messages if isinstance(messages, list) else [messages]:
                if isinstance(message, Refusal):
                    message.end(context)
                yield message

        # A unary call is a stream of one message, to the wire.
        return grpc.stream_stream_rpc_method_handler(
            answer, request_deserializer=method.request.FromString, response_serializer=method.response.SerializeToString
        )


@contextlib.contextmanager
def fake_server(*answers: Any) -> Iterator[FakeServer]:
    fake = FakeServer(list(answers))
    server = grpc.server(ThreadPoolExecutor(4))
    services: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}
    for method in METHODS:
        _, service, name = method.path.split("/")
        services.setdefault(service, {})[name] = fake.handler(method)
    for service, handlers in services.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield fake
    finally:
        server.stop(None).wait()

"""What a call can end with, one exception for each status code of the wire contract."""

from __future__ import annotations

import grpc


class Error(Exception):
    """A call failed. `str(error)` is the server's message, which names the value and the limit.

    `retry_delay`: seconds after which the same request may be sent again, if the server said so.
    """

    code = grpc.StatusCode.UNKNOWN

    def __init__(self, message: str, *, retry_delay: float | None = None) -> None:
        super().__init__(message)
        self.retry_delay = retry_delay


class InvalidArgumentError(Error):
    """A picture, a name or an option that cannot be used."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class NotFoundError(Error):
    """No such category, or no such version of it."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExistsError(Error):
    """Another training of the same category is running."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPreconditionError(Error):
    """No active version, a bundle of another backbone, a version in use, or a store that is only read."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class DataLossError(Error):
    """The bundle on the server's disk is damaged."""

    code = grpc.StatusCode.DATA_LOSS


class ResourceExhaustedError(Error):
    """A full queue or too many trainings (with a `retry_delay`); a message too large or a disk full (without)."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class UnavailableError(Error):
    """The server cannot be reached, is starting or is shutting down, or let go of the call."""

    code = grpc.StatusCode.UNAVAILABLE


class DeadlineExceededError(Error):
    """The call's time ran out."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class CancelledError(Error):
    """The call was cancelled by this side: its client was closed."""

    code = grpc.StatusCode.CANCELLED


class UnauthenticatedError(Error):
    """The server wants a token, and knows not the one it was shown."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDeniedError(Error):
    """The token may score, but not change categories."""

    code = grpc.StatusCode.PERMISSION_DENIED


class InternalError(Error):
    """A fault of the server."""

    code = grpc.StatusCode.INTERNAL


class ForkedError(Error):
    """The client was made before this process was forked. Nothing was sent; make a client in the worker."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class UnknownError(Error):
    """A code that the wire contract has not."""


_BY_CODE: dict[grpc.StatusCode, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidArgumentError,
        NotFoundError,
        AlreadyExistsError,
        FailedPreconditionError,
        DataLossError,
        ResourceExhaustedError,
        UnavailableError,
        DeadlineExceededError,
        CancelledError,
        UnauthenticatedError,
        PermissionDeniedError,
        InternalError,
    )
}


def error_of(code: grpc.StatusCode, message: str, retry_delay: float | None) -> Error:
    """The exception for a code; of a code that has none, UnknownError with the code in its message."""
    kind = _BY_CODE.get(code)
    if kind is None:
        return UnknownError(f"{code.name}: {message}", retry_delay=retry_delay)
    return kind(message, retry_delay=retry_delay)

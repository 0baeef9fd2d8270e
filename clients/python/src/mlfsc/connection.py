"""Where a server is and how it is talked to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import grpc

DEFAULT_SERVER = "127.0.0.1:50051"

# Largest message either way: a float32 map of the largest picture that a server takes by default (8192 x 8192), and
# room for the rest.
MAX_MESSAGE_BYTES = (256 + 1) << 20


@dataclass(frozen=True)
class Tls:
    """An encrypted connection. PEM: a path to a file, or its bytes."""

    #: The authority that signed the server's certificate; None for those that this machine trusts.
    ca: str | os.PathLike[str] | bytes | None = None
    #: Of this client, for a server that asks for one (mutual TLS). Both or neither.
    certificate: str | os.PathLike[str] | bytes | None = None
    key: str | os.PathLike[str] | bytes | None = None
    #: The name in the server's certificate, where it is not the host of the server's address.
    server_name: str = ""

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client's certificate and its key go together; one of them is missing")

    def credentials(self) -> grpc.ChannelCredentials:
        """Reads the files."""
        return grpc.ssl_channel_credentials(_pem(self.ca), _pem(self.key), _pem(self.certificate))


def _pem(source: str | os.PathLike[str] | bytes | None) -> bytes | None:
    if source is None or isinstance(source, bytes):
        return source
    return Path(source).read_bytes()


@dataclass(frozen=True)
class Connection:
    """What a client needs to reach its server."""

    server: str = DEFAULT_SERVER
    tls: Tls | None = None
    #: Sent with every call; empty for none.
    token: str = ""

    @staticmethod
    def from_environment() -> Connection:
        """As the `mlfsc` command finds it: MLFSC_SERVER, MLFSC_CLIENT_TLS_CA, MLFSC_CLIENT_TLS_CERTIFICATE, MLFSC_CLIENT_TLS_KEY, MLFSC_TOKEN_FILE."""

        def variable(name: str) -> str | None:
            return os.environ.get(name) or None

        ca, certificate = variable("MLFSC_CLIENT_TLS_CA"), variable("MLFSC_CLIENT_TLS_CERTIFICATE")
        tls = Tls(ca, certificate, variable("MLFSC_CLIENT_TLS_KEY")) if ca or certificate else None
        token_file = variable("MLFSC_TOKEN_FILE")
        token = Path(token_file).read_text().strip() if token_file else ""
        return Connection(variable("MLFSC_SERVER") or DEFAULT_SERVER, tls, token)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Sent with every call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def arguments(self) -> list[tuple[str, int | str]]:
        """Options of the channel, as the C++ client sets them (client/grpc_stub.cc says why)."""
        arguments: list[tuple[str, int | str]] = [
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2000),
            ("grpc.keepalive_time_ms", 6 * 60 * 1000),
            ("grpc.keepalive_timeout_ms", 20 * 1000),
            ("grpc.enable_http_proxy", 0),
            ("grpc.lb_policy_name", "round_robin"),
        ]
        if self.tls is not None and self.tls.server_name:
            arguments.append(("grpc.ssl_target_name_override", self.tls.server_name))
        return arguments

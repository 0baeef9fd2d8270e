"""The servers whose clients misbehave, without TLS and with it. They wait some seconds for a client, not minutes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from faults.control import Control
from faults.good import GoodRequests
from faults.server import Server
from faults.tally import Tally

IMPATIENT = (
    "--handshake_timeout=6s",
    "--keepalive_interval=2s",
    "--keepalive_timeout=4s",
    "--metrics=127.0.0.1:0",
    "--reply_timeout=4s",
    "--train_idle_timeout=4s",
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificate.pem and key.pem, good for two days."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        + ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    return folder


def client_credentials(certificate: Path) -> grpc.ChannelCredentials:
    own = (certificate / "certificate.pem").read_bytes()
    return grpc.ssl_channel_credentials(own, (certificate / "key.pem").read_bytes(), own)


@pytest.fixture(scope="session")
def servers(
    certificate: Path, control: Control, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Without TLS, and with it: there the clients have certificates too, and `control` has the date."""
    plain = Server(tmp_path_factory.mktemp("plain"), *IMPATIENT)
    credentials = client_credentials(certificate)
    options = (
        f"--tls_certificate={certificate}/certificate.pem",
        f"--tls_key={certificate}/key.pem",
        f"--tls_client_ca={certificate}/certificate.pem",
    )
    secure = Server(tmp_path_factory.mktemp("secure"), *IMPATIENT, *options, credentials=credentials, control=control)
    with plain, secure:
        yield plain, secure
        # Side by side.
        plain.end()
        secure.end()


@pytest.fixture(scope="session")
def server(servers: tuple[Server, Server]) -> Server:
    return servers[0]


@pytest.fixture(scope="session")
def secure(servers: tuple[Server, Server], tally: Tally) -> tuple[Server, GoodRequests]:
    """A server with TLS, and the good requests to it."""
    return servers[1], GoodRequests(servers[1], tally)

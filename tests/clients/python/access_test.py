"""TLS, certificates on both sides, and tokens."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import mlfsc
from clients.conftest import QUICK, StartServer

ONCE = mlfsc.RetryOptions(timeout=20, max_attempts=1)


@dataclass
class Guarded:
    address: str
    ca: Path
    certificate: Path
    key: Path
    local_socket: Path


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Signed by itself, so its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    new_key: list[str | Path] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key]
    subprocess.run(
        ["openssl", "req", "-x509", *new_key, "-out", certificate, "-days", "1", *subject], check=True, capture_output=True
    )
    return certificate, key


@pytest.fixture(scope="module")
def guarded(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A server that asks for a certificate and a token."""
    folder = tmp_path_factory.mktemp("access")
    ca, server_key = make_certificate(folder, "line.test")
    certificate, key = make_certificate(folder, "station.test")
    local_socket = folder / "mlfsc.sock"
    (folder / "score").write_text("token-of-a-reader\n")
    (folder / "change").write_text("token-of-a-writer\n")
    with start_server(
        f"--tls_certificate={ca}",
        f"--tls_key={server_key}",
        f"--tls_client_ca={certificate}",
        f"--local_socket={local_socket}",
        f"--score_tokens={folder}/score",
        f"--change_tokens={folder}/change",
    ) as address:
        yield Guarded(address, ca, certificate, key, local_socket)


def test_who_shows_certificate_and_token_is_let_in(guarded: Guarded) -> None:
    by_path = mlfsc.Tls(guarded.ca, guarded.certificate, guarded.key, server_name="line.test")
    with mlfsc.Client(guarded.address, tls=by_path, token="token-of-a-reader", retry=ONCE) as client:
        assert client.list_categories() == []
        with pytest.raises(mlfsc.PermissionDeniedError):
            client.delete_version("cloth", 1)
    in_bytes = mlfsc.Tls(
        guarded.ca.read_bytes(), guarded.certificate.read_bytes(), guarded.key.read_bytes(), server_name="line.test"
    )

    async def look() -> None:
        async with mlfsc.AsyncClient(guarded.address, tls=in_bytes, token="token-of-a-writer", retry=ONCE) as client:
            assert await client.list_categories() == []
            # On a thread, with a connection of its own.
            with pytest.raises(mlfsc.InvalidArgumentError):
                await client.train("cloth", [b"no picture"], options=QUICK)

    asyncio.run(look())


def test_a_wrong_or_missing_token_is_refused(guarded: Guarded) -> None:
    tls = mlfsc.Tls(guarded.ca, guarded.certificate, guarded.key, server_name="line.test")
    for token in ("", "a-guessed-token-of-some-length"):
        with mlfsc.Client(guarded.address, tls=tls, token=token, retry=ONCE) as client:
            with pytest.raises(mlfsc.UnauthenticatedError):
                client.list_categories()


@pytest.mark.parametrize("missing", ["tls", "certificate", "name"])
def test_without_its_part_of_tls_nobody_is_let_in(guarded: Guarded, missing: str) -> None:
    tls = {
        "tls": None,
        "certificate": mlfsc.Tls(guarded.ca, server_name="line.test"),
        "name": mlfsc.Tls(guarded.ca, guarded.certificate, guarded.key, server_name="other.test"),
    }[missing]
    with mlfsc.Client(guarded.address, tls=tls, token="token-of-a-reader", retry=ONCE) as client:
        with pytest.raises(mlfsc.UnavailableError, match=guarded.address):
            client.list_categories()


def test_the_environment_says_where_the_server_is(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("token-of-a-reader\n")
    monkeypatch.setenv("MLFSC_SERVER", "line.test:443")
    monkeypatch.setenv("MLFSC_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("MLFSC_CLIENT_TLS_CA", str(guarded.ca))
    connection = mlfsc.connection.Connection.from_environment()
    assert (connection.server, connection.token) == ("line.test:443", "token-of-a-reader")
    assert connection.tls == mlfsc.Tls(str(guarded.ca))
    assert connection.metadata() == (("authorization", "Bearer token-of-a-reader"),)


def healthcheck(source: Path, programs: Path, local_socket: Path) -> list[str]:
    """The image's own check (Dockerfile), with a test's socket in place of the image's."""
    dockerfile = (source / "Dockerfile").read_text()
    (image_socket,) = re.findall(r"MLFSC_LOCAL_SOCKET=(\S+)", dockerfile)
    (check,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", dockerfile, re.MULTILINE)
    program, *arguments = json.loads(check)
    return [str(programs / program), *(argument.replace(image_socket, str(local_socket)) for argument in arguments)]


def test_the_images_healthcheck_needs_neither_certificate_nor_token(guarded: Guarded, source: Path, programs: Path) -> None:
    # In the server's container: what the server is told by its environment, the command does not take for its own.
    environment = {"MLFSC_TLS_CERTIFICATE": str(guarded.ca), "MLFSC_TLS_KEY": "/no/such/key", "MLFSC_TLS_CLIENT_CA": "/no/such/ca"}
    check = healthcheck(source, programs, guarded.local_socket)
    asked = subprocess.run(check, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    asked = subprocess.run(healthcheck(source, programs, Path("/no/such/socket")), env=environment, capture_output=True, text=True)
    assert asked.returncode == 1


def test_the_local_socket_is_this_users_alone_and_asks_for_a_token(guarded: Guarded) -> None:
    assert stat.S_IMODE(guarded.local_socket.stat().st_mode) == 0o600
    with mlfsc.Client(f"unix:{guarded.local_socket}", retry=ONCE) as client:
        with pytest.raises(mlfsc.UnauthenticatedError):
            client.list_categories()
    with mlfsc.Client(f"unix:{guarded.local_socket}", token="token-of-a-reader", retry=ONCE) as client:
        assert client.list_categories() == []


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(ValueError, match="go together"):
        mlfsc.Tls(certificate=b"pem")

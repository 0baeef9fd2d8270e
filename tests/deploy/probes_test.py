"""The probes of deploy/kubernetes: what the image's HEALTHCHECK asks, and right whatever the port asks for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.monitored_server import die_with_parent

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
PATIENCE_SECONDS = 120

# What turns each on. A client's certificate is asked for by the third.
GUARDS = {
    "nothing": [],
    "TLS": ["--tls_certificate={secrets}/server.pem", "--tls_key={secrets}/server.key"],
    "mutual TLS": ["--tls_certificate={secrets}/server.pem", "--tls_key={secrets}/server.key", "--tls_client_ca={secrets}/server.pem"],
    "tokens": ["--score_tokens={secrets}/tokens", "--change_tokens={secrets}/tokens"],
}
GUARDS["all of it"] = GUARDS["mutual TLS"] + GUARDS["tokens"]


@pytest.fixture(scope="module")
def container(source: Path) -> dict[str, Any]:
    deployment = yaml.safe_load((source / "deploy/kubernetes/deployment.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return container


@pytest.fixture(scope="module")
def dockerfile(source: Path) -> str:
    return (source / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def socket(dockerfile: str) -> str:
    """Where the image's server listens for those inside."""
    return re.search(r"MLFSC_LOCAL_SOCKET=(\S+)", dockerfile).group(1)


def test_all_ask_what_the_image_asks(container: dict[str, Any], dockerfile: str, socket: str) -> None:
    asked = json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", dockerfile, re.MULTILINE).group(1))
    for probe in PROBES:
        assert container[probe]["exec"]["command"] == asked, probe
    assert asked[-1] == f"--server=unix:{socket}"
    # Nothing in the pod moves the socket.
    assert not [argument for argument in container["args"] if "local_socket" in argument] and "env" not in container


def test_a_probe_has_time_for_its_answer(container: dict[str, Any], programs: Path) -> None:
    """A liveness probe is cut off later than the command gives up by itself, so that what hangs is told from what is slow."""
    said = subprocess.run([programs / "mlfsc", "health", "--help"], check=True, capture_output=True, text=True).stdout
    own = int(re.search(r"--timeout SECONDS=(\d+)", said).group(1))
    assert container["livenessProbe"]["timeoutSeconds"] > own
    assert all(container[probe]["timeoutSeconds"] >= own for probe in PROBES)


class Pod:
    """A server with a socket in a folder of the test's, and its probe."""

    def __init__(self, container: dict[str, Any], programs: Path, socket: str, folder: Path, guards: list[str]) -> None:
        self._socket = folder / "mlfsc.sock"
        # Not that of a server that somebody runs here.
        program, *arguments = container["readinessProbe"]["exec"]["command"]
        self._probe = [programs / program, *[argument.replace(socket, str(self._socket)) for argument in arguments]]
        assert f"--server=unix:{self._socket}" in self._probe
        self._command = [
            programs / "mlfsc-server",
            "--listen=127.0.0.1:0",
            f"--store={folder}/store",
            f"--local_socket={self._socket}",
            *guards,
        ]
        self._folder = folder

    def start(self) -> None:
        with (self._folder / "log").open("w") as log:
            self.process = subprocess.Popen(self._command, stderr=log, preexec_fn=die_with_parent)

    def port(self) -> str:
        return re.search(r" serving address=(\S+)", (self._folder / "log").read_text()).group(1)

    def probe(self) -> int:
        return subprocess.run(self._probe, capture_output=True).returncode

    def wait_until_ready(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while self.probe() != 0:
            assert self.process.poll() is None and time.monotonic() < end, (self._folder / "log").read_text()
            time.sleep(0.2)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def secrets(source: Path, tmp_path: Path) -> Path:
    """A certificate and a token, as deploy/compose makes them."""
    up = tmp_path / "compose/up"
    up.parent.mkdir()
    up.write_bytes((source / "deploy/compose/up").read_bytes())
    subprocess.run(["bash", up, "--secrets"], check=True, capture_output=True)
    secrets = up.parent / "secrets"
    (secrets / "tokens").write_bytes((secrets / "score_tokens").read_bytes())
    return secrets


@pytest.fixture(params=sorted(GUARDS))
def pod(
    request: pytest.FixtureRequest, container: dict[str, Any], programs: Path, socket: str, secrets: Path, tmp_path: Path
) -> Iterator[Pod]:
    guards = [option.format(secrets=secrets) for option in GUARDS[request.param]]
    pod = Pod(container, programs, socket, tmp_path, guards)
    pod.start()
    yield pod
    pod.end()


def test_it_is_right_whatever_the_port_asks_for(pod: Pod, programs: Path, request: pytest.FixtureRequest) -> None:
    pod.wait_until_ready()
    # What a probe at the port would get: the kubelet's speaks no TLS.
    at_the_port = subprocess.run([programs / "mlfsc", "health", f"--server={pod.port()}"], capture_output=True).returncode
    assert at_the_port == (0 if request.node.callspec.params["pod"] in ("nothing", "tokens") else 1)
    pod.process.send_signal(signal.SIGTERM)
    assert pod.process.wait(PATIENCE_SECONDS) == 0
    assert pod.probe() == 1


@pytest.fixture
def plain_pod(container: dict[str, Any], programs: Path, socket: str, tmp_path: Path) -> Iterator[Pod]:
    pod = Pod(container, programs, socket, tmp_path, [])
    assert pod.probe() == 1
    pod.start()
    yield pod
    pod.end()


def test_a_container_that_was_killed_begins_again_beside_its_old_socket(plain_pod: Pod) -> None:
    """The pod's /dev/shm outlives its containers."""
    plain_pod.wait_until_ready()
    plain_pod.process.kill()
    plain_pod.process.wait()
    assert plain_pod.probe() == 1
    plain_pod.start()
    plain_pod.wait_until_ready()


def test_what_hangs_is_found(plain_pod: Pod) -> None:
    plain_pod.wait_until_ready()
    os.kill(plain_pod.process.pid, signal.SIGSTOP)
    assert plain_pod.probe() == 1
    os.kill(plain_pod.process.pid, signal.SIGCONT)
    plain_pod.wait_until_ready()

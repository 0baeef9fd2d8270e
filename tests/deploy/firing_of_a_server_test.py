"""Alerts of troubles that the real server is brought into. Those of firing_test.py have an exporter's metrics; these are the server's own."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from deploy.alertmanager import Alertmanager, Webhook
from deploy.daemon import free_port
from deploy.monitored_server import MonitoredServer
from deploy.prometheus import Prometheus

# Drift is told from 50 pictures an hour on.
CROWD = 60
# More than the alert on latency allows.
LONG_SECONDS = 3


class Line:
    """A server that has learnt a category and may be ended and begun anew, an empty one, and who watches them."""

    def __init__(self, source: Path, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self._metrics = f"127.0.0.1:{free_port()}"
        for part in ("line", "empty", "alertmanager", "prometheus"):
            (folder / part).mkdir()
        self.server = self._start()
        stack.callback(lambda: self.server.__exit__())
        self.pictures = folder / "pictures"
        self.server.run("generate", self.pictures, "--train=4", "--test-good=1", "--test-defective=1", "--size=128")
        self.server.run("train", "cloth", self.pictures, "--input-size=128", "--source=pixels", "--epochs=1")
        self.good = next((self.pictures / "test/good").iterdir())
        self.empty = stack.enter_context(MonitoredServer(folder / "empty"))
        self.webhook = stack.enter_context(Webhook())
        self.alertmanager = stack.enter_context(
            Alertmanager(source / "deploy/alertmanager", folder / "alertmanager", self.webhook)
        )
        self.prometheus = stack.enter_context(
            Prometheus(
                source / "deploy/prometheus",
                [self._metrics, self.empty.metrics],
                folder / "prometheus",
                alertmanager=self.alertmanager.address,
                short_waits=True,
            )
        )

    def _start(self) -> MonitoredServer:
        return MonitoredServer(self.folder / "line", self._metrics).__enter__()

    def crowd(self, name: str, picture: Path, count: int = CROWD) -> Path:
        folder = self.folder / name
        folder.mkdir()
        for i in range(count):
            (folder / f"{i}.png").symlink_to(picture)
        return folder

    def restart(self) -> None:
        """And a scrape sees the new process."""
        begun = self._begun()
        self.server.__exit__()
        self.server = self._start()
        self.prometheus.wait_for(lambda: self._begun() not in (None, begun), "a scrape of the new process")

    def _begun(self) -> float | None:
        started = f'process_start_time_seconds{{instance="{self.server.metrics}"}}'
        return self.prometheus.value(f"last_over_time({started}[1h])")

    def alert(self, name: str, **labels: str) -> dict[str, Any]:
        """The alert, once it fires."""

        def found() -> list[dict[str, Any]]:
            return [alert for alert in self.prometheus.firing() if {"alertname": name, **labels}.items() <= alert["labels"].items()]

        self.prometheus.wait_for(lambda: bool(found()), f"{name} {labels}", self.prometheus.firing)
        (alert,) = found()
        return alert

    def scrapes(self) -> float:
        return self.prometheus.value(f'count_over_time(up{{instance="{self.server.metrics}"}}[1h])') or 0

    def wait_for_a_scrape(self) -> None:
        before = self.scrapes()
        self.prometheus.wait_for(lambda: self.scrapes() >= before + 2, "a scrape")


@pytest.fixture(scope="module")
def line(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with contextlib.ExitStack() as stack:
        yield Line(source, tmp_path_factory.mktemp("line"), stack)


def test_a_server_that_knows_nothing(line: Line) -> None:
    alert = line.alert("MlfscNoActiveBundle")
    assert alert["labels"]["instance"] == line.empty.metrics


def test_a_process_that_decodes_is_killed(line: Line) -> None:
    for decoder in line.server.decoders():
        os.kill(decoder, signal.SIGKILL)
    alert = line.alert("MlfscDecoderCrashes", instance=line.server.metrics)
    assert alert["labels"]["cause"] == "crash"


def test_a_flood(line: Line) -> None:
    line.server.run("score", "cloth", line.crowd("good", line.good), "--jobs=8")
    alert = line.alert("MlfscQueueFull", instance=line.server.metrics)
    assert alert["labels"]["stage"] == "decode"


def test_pictures_that_look_otherwise_than_what_was_learnt(line: Line) -> None:
    white = line.folder / "white.png"
    Image.new("RGB", (128, 128), "white").save(white)
    # More than the good ones of the flood before.
    for crowd in ("white1", "white2"):
        line.server.run("score", "cloth", line.crowd(crowd, white), "--jobs=2")
    assert line.alert("MlfscScoreDrift")["labels"]["category"] == "cloth"


def test_calls_that_take_long(line: Line) -> None:
    # A method has series from its first call on.
    line.server.run("heatmap", "cloth", line.good, f"--out={line.folder}/maps")
    line.wait_for_a_scrape()
    with line.server.decoding_stopped():
        calls = [line.server.start("heatmap", "cloth", line.good, f"--out={line.folder}/maps{i}") for i in range(2)]
        time.sleep(LONG_SECONDS)
    assert [call.wait() for call in calls] == [0, 0]
    assert line.alert("MlfscLatencyHigh", grpc_method="Heatmap")


def test_killed_and_begun_again(line: Line) -> None:
    line.server.kill()
    assert line.alert("MlfscDown")["labels"]["instance"] == line.server.metrics
    line.prometheus.wait_for(lambda: "MlfscDown" in line.webhook.names("on-call"), "the message", line.alertmanager.receivers)
    line.restart()
    line.prometheus.wait_for(
        lambda: "MlfscDown" in line.webhook.names("on-call", "resolved"), "the message that it is over", line.alertmanager.receivers
    )


def test_a_bundle_that_is_damaged(line: Line) -> None:
    (bundle,) = (line.server.store / "cloth").glob("*/bundle.safetensors")
    bundle.write_bytes(bundle.read_bytes()[:-100])
    line.restart()
    alert = line.alert("MlfscCategoryNotServing", instance=line.server.metrics)
    assert (alert["labels"]["category"], alert["labels"]["version"]) == ("cloth", "0")
    # More than one in a hundred calls of the five minutes, in which all that was scored before may be.
    line.server.run("score", "cloth", line.good, "--attempts=1", "--patience=0s", check=False)
    line.wait_for_a_scrape()
    line.server.run("score", "cloth", line.crowd("damaged", line.good, count=10), "--attempts=1", "--patience=0s", check=False)
    assert line.alert("MlfscErrorRate")["labels"]["severity"] == "critical"


def test_a_server_that_keeps_restarting(line: Line) -> None:
    for _ in range(3):
        line.restart()
    assert line.alert("MlfscRestartLoop")["labels"]["instance"] == line.server.metrics

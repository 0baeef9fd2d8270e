"""Debian's Prometheus on a port and a folder of its own, with the project's configuration."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.monitored_server import die_with_parent

PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Prometheus:
    """Reads deploy/prometheus as it is, but for the server's address and the time between two scrapes."""

    def __init__(self, deployed: Path, target: str, folder: Path) -> None:
        config = (deployed / "prometheus.yml").read_text()
        config = config.replace("server:9464", target).replace("15s", "1s")
        config = re.sub(r"^  - (\w+\.yml)$", rf"  - {deployed}/\1", config, flags=re.MULTILINE)
        assert target in config and f"{deployed}/alerts.yml" in config
        (folder / "prometheus.yml").write_text(config)
        self._folder = folder
        self._address = f"127.0.0.1:{free_port()}"

    def __enter__(self) -> Prometheus:
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._folder}/prometheus.yml",
                    f"--storage.tsdb.path={self._folder}/data",
                    f"--web.listen-address={self._address}",
                ],
                stderr=log,
                preexec_fn=die_with_parent,
            )
        self.wait_for(self._is_ready, "readiness")
        self.wait_for(lambda: self.value('up{job="mlfsc"}') == 1, "a first scrape")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _is_ready(self) -> bool:
        """Until then it may answer a query with 503."""
        with urllib.request.urlopen(f"http://{self._address}/-/ready") as answer:
            return bool(answer.status == 200)

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of the HTTP API; an error names what Prometheus says."""
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error

    def query(self, expression: str) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return result

    def value(self, expression: str) -> float | None:
        """Of an expression that gives one number; none when it gives nothing."""
        result = self.query(expression)
        assert len(result) < 2, result
        return float(result[0]["value"][1]) if result else None

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Prometheus works by its own clock: asks again until it has come so far."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            try:
                if condition():
                    return
            except urllib.error.URLError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come in {PATIENCE_SECONDS} s: {(self._folder / 'log').read_text()}")

"""One of Debian's monitoring programs on a port of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from deploy.monitored_server import die_with_parent

PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon:
    """Ready inside the block, which ends it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where it logs, and may be where it keeps what it knows."""
        self._folder = folder
        self.address = f"127.0.0.1:{free_port()}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen(self.command(), stderr=log, stdout=log, preexec_fn=die_with_parent)
        self.wait_for(self._is_ready, "readiness")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _is_ready(self) -> bool:
        """Until then it may answer a query with 503."""
        with urllib.request.urlopen(f"http://{self.address}/-/ready") as answer:
            return bool(answer.status == 200)

    def ask(self, path: str, **parameters: str) -> Any:
        """An answer of the HTTP API; an error names what the program says."""
        url = f"http://{self.address}/api/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error

    def wait_for(self, condition: Callable[[], bool], what: str, was: Callable[[], object] = lambda: "") -> None:
        """It works by its own clock: asks again until it has come so far. `was` says how far it came when it did not."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            assert self._process.poll() is None, self.log()
            try:
                if condition():
                    return
            except urllib.error.URLError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come in {PATIENCE_SECONDS} s: {was()}\n{self.log()}")

    def log(self) -> str:
        return (self._folder / "log").read_text()

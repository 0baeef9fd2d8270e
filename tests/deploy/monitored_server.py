"""The real server, with its metrics' page."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = Path(os.environ["MLFSC_BIN"])


def die_with_parent() -> None:
    """For processes that are not to outlive a test which is killed."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class MonitoredServer:
    """Takes two pictures at a time and refuses the rest, so that a few clients are a flood."""

    def __init__(self, folder: Path, metrics: str = "127.0.0.1:0") -> None:
        self._folder = folder
        self._asked_metrics = metrics
        self._serving = threading.Event()
        self.store = folder / "store"
        self.log: list[str] = []
        self.address = ""
        self.metrics = ""

    def __enter__(self) -> MonitoredServer:
        self._process = subprocess.Popen(
            [
                PROGRAMS / "mlfsc-server",
                "--listen=127.0.0.1:0",
                f"--metrics={self._asked_metrics}",
                f"--store={self.store}",
                "--input_sizes=128",
                "--decode_queue=1",
                "--store_poll=200ms",
            ],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent,
        )
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()
        self._serving.wait()
        assert self.metrics, "the server did not start:\n" + "".join(self.log)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.log.append(line)
                if found := re.search(r" serving address=(\S+) metrics=(\S+)", line):
                    self.address, self.metrics = found.groups()
                    self._serving.set()
        self._serving.set()

    def deactivate(self, category: str) -> None:
        """As somebody does who has the store and no wish for the category."""
        (self.store / category / "active").unlink()

    def kill(self) -> None:
        """As the system does when there is no memory left."""
        self._process.kill()
        self._process.wait()

    def decoders(self) -> list[int]:
        """The processes that decode pictures for it."""
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        numbers = [int(number) for file in children for number in file.read_text().split()]
        return [number for number in numbers if Path(f"/proc/{number}/comm").read_text() == "mlfsc-decoder\n"]

    @contextlib.contextmanager
    def decoding_stopped(self) -> Iterator[None]:
        """In the block pictures wait for the processes that decode them."""
        decoders = self.decoders()
        for decoder in decoders:
            os.kill(decoder, signal.SIGSTOP)
        try:
            yield
        finally:
            for decoder in decoders:
                os.kill(decoder, signal.SIGCONT)

    def page(self) -> str:
        """What a scrape gets."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics") as answer:
            return answer.read().decode()

    def run(self, *arguments: object, check: bool = True) -> None:
        """`mlfsc` with these arguments, against this server."""
        run = subprocess.run(self._command(*arguments), env=self._environment(), capture_output=True, text=True)
        assert run.returncode == 0 or not check, run.stderr

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """The same, and does not wait for its end."""
        command = self._command(*arguments)
        return subprocess.Popen(command, env=self._environment(), stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def _command(self, *arguments: object) -> list[str]:
        return [str(PROGRAMS / "mlfsc"), *map(str, arguments)]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "MLFSC_SERVER": self.address}

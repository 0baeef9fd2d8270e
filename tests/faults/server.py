"""The real server with the faults library before the C library, and calls to it."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import grpc

from faults.control import Control
from mlfsc import _wire as wire
from mlfsc.v1 import inspection_pb2 as pb

PROGRAMS = Path(os.environ["MLFSC_BIN"])
LIBRARY = os.environ.get("MLFSC_FAULTS_LIBRARY", "")
# No call takes longer, unless it hangs.
PATIENCE = 120.0


def _as_child(processors: str) -> None:
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if processors:
        os.sched_setaffinity(0, {int(p) for p in processors.split(",")})


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a call came to."""

    code: grpc.StatusCode
    message: str
    response: object = None

    @property
    def ok(self) -> bool:
        return self.code is grpc.StatusCode.OK


class Server:
    """`with Server(folder, ...) as server`: serves until the end, and fails the test when it ended before.

    It is started at once and waited for by `with`, so that several start side by side.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        control: Control | None = None,
        functions: Path | None = None,
        processors: str = "",
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.log: list[str] = []
        self.metrics = ""
        self.port = 0
        self._serving = threading.Event()
        self._told_to_end = False
        self._died: int | None = None
        self._credentials = credentials
        environment = dict(os.environ)
        if control is not None:
            environment |= {"LD_PRELOAD": LIBRARY, "MLFSC_FAULTS": str(control.path)}
            if functions is not None:
                environment["MLFSC_FAULTS_FUNCTIONS"] = str(functions)
        self.process = subprocess.Popen(
            [
                PROGRAMS / "mlfsc-server",
                "--listen=127.0.0.1:0",
                f"--store={self.store}",
                "--input_sizes=128",
                "--max_batch=2",
                "--max_side=2048",
                "--max_message_bytes=4194304",
                *options,
            ],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
            preexec_fn=lambda: _as_child(processors),
        )
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()

    def __enter__(self) -> Server:
        self._serving.wait()
        assert self.port, "the server did not start:\n" + self.text()
        self.channel = self.connect()
        return self

    def end(self) -> None:
        """Tells it to end, if nobody has, and does not wait for it."""
        if self._told_to_end:
            return
        self._told_to_end = True
        self._died = self.process.poll()
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.channel.close()
        self.end()
        died: int | str | None = self._died
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            died = died or "did not end"
        self._reader.join()
        if kind is None:
            assert died is None, f"the server ended ({died}):\n{self.text()}"
            assert self.process.returncode == 0, self.text()
        elif died is not None:
            print(f"the server ended ({died}):\n{self.text()}")

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.log.append(line)
                if found := re.search(r" serving address=\S+:(\d+) metrics=(\S+)", line):
                    self.port, self.metrics = int(found[1]), found[2]
                    self._serving.set()
        self._serving.set()

    def text(self) -> str:
        return "".join(self.log[-200:])

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def connect(self, *options: tuple[str, int | str]) -> grpc.Channel:
        """A connection of its own."""
        arguments = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1), *options]
        if self._credentials is None:
            return grpc.insecure_channel(f"127.0.0.1:{self.port}", arguments)
        arguments.append(("grpc.ssl_target_name_override", "localhost"))
        return grpc.secure_channel(f"127.0.0.1:{self.port}", self._credentials, arguments)

    def call(
        self, method: wire.Method[Any, Any], request: object, *, timeout: float = PATIENCE, channel: grpc.Channel | None = None
    ) -> Answer:
        stub = (channel or self.channel).unary_unary(
            method.path, request_serializer=method.serialize, response_deserializer=method.parse
        )
        try:
            return Answer(grpc.StatusCode.OK, "", stub(request, timeout=timeout, wait_for_ready=True))
        except grpc.RpcError as error:
            return Answer(error.code(), error.details() or "")

    def score(self, category: str, picture: bytes, **options: object) -> Answer:
        request = pb.ScoreRequest(category=category, picture=pb.Picture(encoded=picture))
        return self.call(wire.SCORE, request, **options)  # type: ignore[arg-type]

    def heatmap(self, category: str, picture: bytes, **options: object) -> Answer:
        request = pb.HeatmapRequest(category=category, picture=pb.Picture(encoded=picture), format=pb.HeatmapRequest.OVERLAY_PNG)
        return self.call(wire.HEATMAP, request, **options)  # type: ignore[arg-type]

    def train(
        self, category: str, options: pb.CategoryOptions, pictures: Iterable[bytes], *, timeout: float = PATIENCE
    ) -> Answer:
        """The last message of the stream, or the error."""

        def requests() -> Iterator[pb.TrainRequest]:
            yield pb.TrainRequest(start=pb.TrainRequest.Start(category=category, options=options))
            for picture in pictures:
                yield pb.TrainRequest(picture=pb.Picture(encoded=picture))

        stub = self.channel.stream_stream(
            wire.TRAIN.path, request_serializer=wire.TRAIN.serialize, response_deserializer=wire.TRAIN.parse
        )
        last = None
        try:
            for last in stub(requests(), timeout=timeout):
                pass
        except grpc.RpcError as error:
            return Answer(error.code(), error.details() or "")
        return Answer(grpc.StatusCode.OK, "", last)

    def status(self, field: str) -> int:
        """A number of /proc/PID/status."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]

    def metric(self, name: str) -> float:
        """The sum of all series of this name."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=PATIENCE) as page:
            text = page.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self) -> tuple[int, int]:
        """Ours, and those of gRPC and other libraries, which come and go."""
        names = [path.read_text() for path in Path(f"/proc/{self.process.pid}/task").glob("*/comm")]
        ours = sum(name.startswith("mlfsc-") for name in names)
        return ours, len(names) - ours

    def cpu_seconds(self) -> float:
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def await_true(condition: object, what: str, patience: float = PATIENCE) -> None:
    """Until `condition()` holds, which fails the test when it takes too long."""
    end = time.monotonic() + patience
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, f"still not so after {patience} s: {what}"
        time.sleep(0.01)

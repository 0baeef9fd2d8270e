"""One server for all tests of clients, in the language of the client or not."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import mlfsc

Pixels = npt.NDArray[np.uint8]

# Learnt in a blink, without the network; as good as any where the answers' numbers are not the point.
QUICK = mlfsc.CategoryOptions(
    feature_source=mlfsc.FeatureSource.PIXELS, input_size=128, patch_size=8, stride=4, atoms=8, epochs=1
)

# The server tells its newest progress only: learning that is over in a blink may not be heard of.
UNHURRIED = dataclasses.replace(QUICK, epochs=60)


@pytest.fixture(scope="session")
def source() -> Path:
    """The checkout."""
    return Path(os.environ["MLFSC_SOURCE"])


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the built programs."""
    return Path(os.environ["MLFSC_BIN"])


def _die_with_parent() -> None:
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


StartServer = Callable[..., contextlib.AbstractContextManager[str]]


@pytest.fixture(scope="session")
def start_server(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> StartServer:
    """`with start_server("--option=value", ...) as address`: the real server with a store of its own."""

    @contextlib.contextmanager
    def start(*options: str) -> Iterator[str]:
        folder = tmp_path_factory.mktemp("server")
        arguments: list[str | Path] = [
            programs / "mlfsc-server",
            "--listen=127.0.0.1:0",
            f"--port_file={folder}/port",
            f"--store={folder}/store",
            # One shape for the backbone to warm up in.
            "--input_sizes=128",
            "--max_batch=1",
            "--max_trainings=8",
            *options,
        ]
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, preexec_fn=_die_with_parent)
        log: list[str] = []
        serving = threading.Event()

        def read_log() -> None:
            assert process.stderr is not None
            with process.stderr as lines:
                for line in lines:
                    log.append(line)
                    if " serving " in line:
                        serving.set()
            serving.set()

        reader = threading.Thread(target=read_log)
        reader.start()
        try:
            serving.wait()
            if not (folder / "port").is_file():
                pytest.fail("the server did not start:\n" + "".join(log))
            yield f"127.0.0.1:{(folder / 'port').read_text().strip()}"
        finally:
            process.terminate()
            process.wait()
            reader.join()
        assert process.returncode == 0, "".join(log)

    return start


@pytest.fixture(scope="session")
def server(start_server: StartServer) -> Iterator[str]:
    """The address of the one server that tests share. Each test has categories of its own, but `cloth`."""
    with start_server() as address:
        yield address


def cloth(index: int, *, hole: bool = False) -> Pixels:
    """A woven texture, 96 pixels a side; with a hole, its weave is flat around (60, 30)."""
    random = np.random.default_rng(index)
    y, x = np.mgrid[0:96, 0:96].astype(float)
    phase = random.uniform(0, 2 * np.pi, 2)
    weave = 128 + 40 * np.sin(x * 0.9 + phase[0]) + 40 * np.sin(y * 0.7 + phase[1]) + random.normal(0, 4, x.shape)
    if hole:
        weave[24:36, 54:66] = 128
    grey = weave.clip(0, 255).astype(np.uint8)
    return np.stack([grey, grey, (grey * 0.8).astype(np.uint8)], axis=2)


@pytest.fixture(scope="session")
def good() -> list[Pixels]:
    """Pictures to learn from."""
    return [cloth(i) for i in range(8)]


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[mlfsc.Client]:
    with mlfsc.Client(server) as client:
        yield client


@pytest.fixture(scope="session")
def category(client: mlfsc.Client, good: list[Pixels]) -> str:
    """The category `cloth`, version 1, which no test changes."""
    client.train("cloth", good, options=QUICK)
    return "cloth"

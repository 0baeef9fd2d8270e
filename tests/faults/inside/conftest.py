"""The server whose memory, disk, clock, processors and files fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.control import Control, write_functions
from faults.server import LIBRARY, PROGRAMS, Server


@pytest.fixture(scope="session")
def decoder_control(tmp_path_factory: pytest.TempPathFactory) -> Control:
    """Of the processes that decode for `server`."""
    return Control(tmp_path_factory.mktemp("decoder") / "control")


@pytest.fixture(scope="session")
def decoder_program(decoder_control: Control, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Starts the decoding program with the faults library. The server passes no environment on, so it is a program that does."""
    folder = tmp_path_factory.mktemp("decoder_program")
    write_functions(PROGRAMS / "mlfsc-decoder", folder / "functions")
    program = folder / "mlfsc-decoder"
    program.write_text(
        "#!/bin/sh\n"
        f"export LD_PRELOAD='{LIBRARY}' MLFSC_FAULTS='{decoder_control.path}' MLFSC_FAULTS_FUNCTIONS='{folder}/functions'\n"
        f"exec '{PROGRAMS}/mlfsc-decoder'\n"
    )
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def servers(
    control: Control, functions: Path, decoder_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """The server, and one whose features come from LibTorch, not from our own convolutions."""
    options = "--store_poll=200ms", "--max_trainings=2", "--decode_timeout=5s", f"--decoder_program={decoder_program}"
    convolutions = "auto", "direct"
    both = [
        Server(
            tmp_path_factory.mktemp(convolution),
            *options,
            f"--convolution={convolution}",
            control=control,
            functions=functions,
        )
        for convolution in convolutions
    ]
    with both[0] as server, both[1] as on_libtorch:
        yield server, on_libtorch
        # Side by side.
        server.end()
        on_libtorch.end()


@pytest.fixture(scope="session")
def server(servers: tuple[Server, Server]) -> Server:
    return servers[0]


@pytest.fixture(scope="session")
def on_libtorch(servers: tuple[Server, Server]) -> Server:
    return servers[1]

"""The server whose memory, disk, clock, processors and files fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.control import Control
from faults.server import Server


@pytest.fixture(scope="session")
def servers(
    control: Control, functions: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """The server, and one whose features come from LibTorch, not from our own convolutions."""
    options = "--store_poll=200ms", "--max_trainings=2", "--decode_timeout=1s"
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

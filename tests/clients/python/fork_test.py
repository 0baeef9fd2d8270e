"""Clients in processes that are forked, as gunicorn --preload, Celery, multiprocessing and a DataLoader do it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clients.python.fake_server import fake_server
from mlfsc.v1 import inspection_pb2 as pb

# In a process of their own: gRPC's server cannot be forked, and the tests' process has had one.
USER = """
import asyncio, io, multiprocessing, sys
import mlfsc

server, how = sys.argv[1:]


def told(call):
    try:
        return str(call())
    except mlfsc.ForkedError as error:
        return f"ForkedError: {error}"


async def with_async_client(client):
    async with client:
        return len(await client.list_categories())


def worker(queue, inherited, inherited_async):
    if how == "own":
        with mlfsc.Client(server) as client:
            queue.put(told(lambda: len(client.list_categories())))
        queue.put(told(lambda: asyncio.run(with_async_client(mlfsc.AsyncClient(server)))))
        return
    with inherited as client:
        queue.put(told(client.list_categories))
        queue.put(told(lambda: client.score("cloth", b"png")))
        queue.put(told(lambda: client.train("cloth", [b"png"])))
        queue.put(told(lambda: client.import_category(b"file")))
        queue.put(told(lambda: client.export_category("cloth", io.BytesIO())))
    queue.put(told(lambda: asyncio.run(with_async_client(inherited_async))))
    queue.put(told(lambda: asyncio.run(inherited_async.import_category(b"file"))))


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    with mlfsc.Client(server) as client:
        client.list_categories()
        process = fork.Process(target=worker, args=(queue, client, mlfsc.AsyncClient(server)))
        process.start()
        for _ in range(2 if how == "own" else 7):
            print(queue.get(timeout=60), flush=True)
        process.join()
        print("parent", len(client.list_categories()), flush=True)
"""


def run(how: str, tmp_path: Path, answers: int) -> list[str]:
    program = tmp_path / "user.py"
    program.write_text(USER)
    # As users have it: the tests' own processes keep gRPC out of what they fork.
    environment = {name: value for name, value in os.environ.items() if name != "GRPC_ENABLE_FORK_SUPPORT"}
    with fake_server(*[pb.ListCategoriesResponse()] * answers) as fake:
        said = subprocess.run(
            [sys.executable, program, fake.address, how], env=environment, capture_output=True, text=True, timeout=120
        )
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


def test_the_parents_client_says_in_a_child_what_to_do(tmp_path: Path) -> None:
    lines = run("inherited", tmp_path, 2)
    assert len(lines) == 8
    for line in lines[:7]:
        assert line.startswith("ForkedError: this client was made in process ")
        assert line.endswith("make a client of its own in each worker, after the fork")
    # Ending it in the child has not ended it here.
    assert lines[7] == "parent 0"


def test_a_childs_own_client_works(tmp_path: Path) -> None:
    assert run("own", tmp_path, 4) == ["0", "0", "parent 0"]

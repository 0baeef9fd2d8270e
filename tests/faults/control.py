"""Steers the faults library inside a server: control.h in Python."""

from __future__ import annotations

import mmap
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READ, WRITE, SYNC, RENAME, OPEN = 1, 2, 4, 8, 16

# Of control.h: where each field is, and how it is written.
_FIELDS = {
    "thread": (0, "16s"),
    "at_least": (16, "q"),
    "skip": (24, "q"),
    "fail": (32, "q"),
    "seen": (40, "q"),
    "failed": (48, "q"),
    "path": (56, "128s"),
    "operations": (184, "q"),
    "file_error": (192, "q"),
    "file_delay_us": (200, "q"),
    "files_hit": (208, "q"),
    "date_offset_ns": (216, "q"),
}
_SIZE = 224
ALL = 1 << 40


class Control:
    """The file that a server with the faults library looks at. `path`: is made."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(_SIZE))
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def get(self, field: str) -> int:
        offset, kind = _FIELDS[field]
        return int(struct.unpack_from(kind, self._memory, offset)[0])

    def set(self, field: str, value: int | str) -> None:
        offset, kind = _FIELDS[field]
        struct.pack_into(kind, self._memory, offset, value.encode() if isinstance(value, str) else value)

    @contextmanager
    def failing_memory(self, thread: str, *, skip: int = 0, count: int = 1, at_least: int = 0) -> Iterator[None]:
        """Allocations of our code on threads named `thread` fail: `count` of at least `at_least` bytes, after `skip`."""
        for field, value in (("seen", 0), ("failed", 0), ("thread", thread), ("at_least", at_least), ("skip", skip)):
            self.set(field, value)
        self.set("fail", count)
        try:
            yield
        finally:
            self.set("fail", 0)

    @contextmanager
    def failing_files(self, path: str, operations: int, *, error: int = 0, delay: float = 0) -> Iterator[None]:
        """Operations on files with `path` in their path fail with `error`, or take `delay` seconds longer."""
        for field, value in (("files_hit", 0), ("path", path), ("file_error", error), ("file_delay_us", int(delay * 1e6))):
            self.set(field, value)
        self.set("operations", operations)
        try:
            yield
        finally:
            self.set("operations", 0)

    def move_date(self, seconds: float) -> None:
        """The server's date, against the true one."""
        self.set("date_offset_ns", int(seconds * 1e9))


def write_functions(program: Path, path: Path) -> None:
    """The table of call_path.cc: which addresses of `program` are our functions, and which are gRPC's templates."""
    names = subprocess.run(["nm", "-S", "--defined-only", program], check=True, capture_output=True, text=True).stdout
    functions = []
    for line in names.splitlines():
        words = line.split()
        if len(words) != 4 or words[2] not in "tTwW":
            continue
        if owner := _owner(words[3]):
            begin = int(words[0], 16)
            functions.append((begin, begin + int(words[1], 16), owner))
    functions.sort()
    path.write_bytes(b"".join(struct.pack("QQQ", *function) for function in functions))


def _owner(name: str) -> int:
    """Of a mangled name. The generated classes of mlfsc::v1 run inside gRPC as well as in ours."""
    if name.startswith(("_ZN4grpc", "_ZNK4grpc", "_ZZN4grpc")):
        return 2
    if name.startswith(("_ZN5mlfsc2v1", "_ZNK5mlfsc2v1")):
        return 0
    if name.startswith(("_ZN5mlfsc", "_ZNK5mlfsc", "_ZZN5mlfsc", "_ZZNK5mlfsc")):
        return 1
    wraps_ours = "N5mlfsc" in name or "NK5mlfsc" in name
    return 1 if wraps_ours and name.startswith(("_ZNSt17_Function_handler", "_ZNSt6thread")) else 0

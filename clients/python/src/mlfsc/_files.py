"""Files that go to the server or come from it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias, Union

Source: TypeAlias = Union[str, os.PathLike[str], bytes, BinaryIO]


def pieces_of(source: Source, size: int) -> Iterator[bytes]:
    """The bytes of a file, in pieces of at most `size`."""
    if isinstance(source, bytes):
        for begin in range(0, len(source), size):
            yield source[begin : begin + size]
    elif isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            yield from pieces_of(file, size)
    else:
        while piece := source.read(size):
            yield piece


@contextlib.contextmanager
def writing_to(to: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """A file to write to. A path gets it, renamed from beside it, only when all went well."""
    if not isinstance(to, (str, os.PathLike)):
        yield to
        return
    path = Path(to)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise

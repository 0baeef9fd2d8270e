"""Clients and fork: gRPC's threads and connections stay with the process that made them."""

from __future__ import annotations

import os

from mlfsc.errors import ForkedError


class OwnProcess:
    """The process that makes this object."""

    def __init__(self) -> None:
        self._process = os.getpid()

    def is_this(self) -> bool:
        """Whether it is the one that runs now, and not one that was forked from it."""
        return os.getpid() == self._process

    def check(self) -> None:
        """Raises ForkedError in a process that was forked from it: a call would wait there for ever."""
        if not self.is_this():
            raise ForkedError(
                f"this client was made in process {self._process}, and process {os.getpid()} was forked from it: "
                "make a client of its own in each worker, after the fork"
            )

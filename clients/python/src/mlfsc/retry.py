"""When a call that failed is made again; the rules are those of the C++ client (client/retry.h)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from mlfsc.errors import Error, UnavailableError


@dataclass(frozen=True)
class RetryOptions:
    """How long, how often and with which pauses a call is tried. Times are seconds."""

    #: Time for the whole call, waits and all.
    timeout: float = 60.0
    #: The first wait for a server that is away; each further one is `multiplier` times as long, up to the largest. Half
    #: of every wait is random, so that stations that failed together do not come back together.
    initial_backoff: float = 0.2
    multiplier: float = 2.0
    max_backoff: float = 5.0
    #: Calls that are made before a server that is away is given up, even if there is time left. 1 = no retries.
    max_attempts: int = 6

    def __post_init__(self) -> None:
        for name in ("timeout", "initial_backoff", "max_backoff"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not self.multiplier >= 1:
            raise ValueError(f"multiplier is {self.multiplier}; it must be at least 1")
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts is {self.max_attempts}; it must be at least 1")


class Retry:
    """The course of one call. Not thread-safe.

    Made again: UNAVAILABLE, after a backoff, and whatever the server says may be tried again (google.rpc.RetryInfo),
    after the delay it asks for plus a random part. Everything else is final, and no wait goes beyond the call's time.
    """

    def __init__(
        self,
        options: RetryOptions,
        *,
        now: Callable[[], float] = time.monotonic,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._options = options
        self._now = now
        self._uniform = uniform
        self._deadline = now() + options.timeout
        self._backoff = options.initial_backoff
        self._unavailable = 0

    def time_left(self) -> float:
        """Seconds of the call's time; never negative."""
        return max(0.0, self._deadline - self._now())

    def pause_after(self, error: Error, *, repeatable: bool = True) -> float | None:
        """Seconds to wait before the call is made again; None: `error` is final.

        `repeatable`: whether a call whose answer was lost may be made twice. One that may not is made again only when
        the server said that it refused it.
        """
        unavailable = isinstance(error, UnavailableError)
        if error.retry_delay is None and not (unavailable and repeatable):
            return None
        if unavailable:
            self._unavailable += 1
            if self._unavailable >= self._options.max_attempts:
                return None
        if error.retry_delay is not None:
            pause = error.retry_delay + self._backoff * self._uniform() / 2
        else:
            pause = self._backoff * (1 + self._uniform()) / 2
        if unavailable:
            self._backoff = min(self._backoff * self._options.multiplier, self._options.max_backoff)
        return pause if pause < self.time_left() else None

"""The pauses between attempts, without a server or a clock."""

from __future__ import annotations

import pytest

from mlfsc import ResourceExhaustedError, RetryOptions, UnavailableError
from mlfsc.retry import Retry

OPTIONS = RetryOptions(timeout=60, initial_backoff=0.2, multiplier=2, max_backoff=1, max_attempts=6)
AWAY = UnavailableError("connection refused")


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def pauses(retry: Retry, clock: FakeClock, errors: list[Exception]) -> list[float | None]:
    found = []
    for error in errors:
        assert isinstance(error, (ResourceExhaustedError, UnavailableError))
        pause = retry.pause_after(error)
        found.append(pause)
        clock.now += pause or 0
    return found


def test_a_server_that_is_away_is_asked_again_after_growing_pauses() -> None:
    clock = FakeClock()
    low = pauses(Retry(OPTIONS, now=clock, uniform=lambda: 0.0), clock, [AWAY] * 6)
    assert low == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5, None])
    high = pauses(Retry(OPTIONS, now=clock, uniform=lambda: 1.0), clock, [AWAY] * 6)
    assert high == pytest.approx([0.2, 0.4, 0.8, 1.0, 1.0, None])


def test_what_the_server_says_may_be_tried_again_is_after_the_delay_it_asks_for() -> None:
    busy = ResourceExhaustedError("queue is full", retry_delay=0.3)
    clock = FakeClock()
    retry = Retry(OPTIONS, now=clock, uniform=lambda: 0.5)
    # However often, and without growing.
    assert pauses(retry, clock, [busy] * 8) == pytest.approx([0.35] * 8)


def test_other_errors_are_final() -> None:
    retry = Retry(OPTIONS)
    assert retry.pause_after(ResourceExhaustedError("message too large")) is None


def test_no_pause_goes_beyond_the_calls_time() -> None:
    clock = FakeClock()
    retry = Retry(RetryOptions(timeout=1.0), now=clock)
    assert retry.pause_after(ResourceExhaustedError("queue is full", retry_delay=1.0)) is None
    clock.now += 2
    assert retry.time_left() == 0


def test_a_call_that_must_not_be_made_twice_is_repeated_only_when_it_was_refused() -> None:
    retry = Retry(OPTIONS)
    assert retry.pause_after(AWAY, repeatable=False) is None
    assert retry.pause_after(ResourceExhaustedError("busy", retry_delay=0.1), repeatable=False) is not None


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"multiplier": 0.5}, {"max_attempts": 0}, {"max_backoff": float("nan")}])
def test_options_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryOptions(**wrong)  # type: ignore[arg-type]

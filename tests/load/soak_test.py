"""What scripts/soak calls growth."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import soak  # noqa: E402

SECONDS = range(1, 3601)
MIB = 2**20


def grown(**changes):
    """What `judge` finds of an hour whose samples are steady but for `changes`: functions of the second."""
    dice = random.Random(1)
    steady = {
        "resident": lambda second: (400 + dice.uniform(0, 60)) * MIB,
        "decoders": lambda second: (40 + dice.uniform(0, 4)) * MIB,
        "files": lambda second: 30 + dice.randrange(100),
        "threads": lambda second: 36 + dice.randrange(2),
    }
    steady.update(changes)
    return soak.judge([{"seconds": second, **{name: value(second) for name, value in steady.items()}} for second in SECONDS])[0]


def test_noise_is_not_growth():
    assert grown() == []


def test_a_warm_up_is_not_growth():
    assert grown(resident=lambda second: (100 + min(second, 590)) * MIB) == []


def test_what_is_given_back_is_not_growth():
    assert grown(resident=lambda second: (400 + second % 120) * MIB) == []


@pytest.mark.parametrize("name, value", [
    ("resident", lambda second: (400 + second / 300 + random.Random(second).uniform(0, 60)) * MIB),
    ("decoders", lambda second: (40 + second / 3000) * MIB),
    ("files", lambda second: 30 + second // 1000 + random.Random(second).randrange(100)),
    ("threads", lambda second: 36 + second // 1000),
])
def test_a_slow_leak_under_noise_is_growth(name, value):
    assert grown(**{name: value}) == [name]


def test_shrinking_is_not_growth():
    assert grown(resident=lambda second: (800 - second / 10) * MIB) == []

"""Other methods' thresholds follow the program's rule: both are held to the same golden values."""

import os
import pathlib

import numpy as np
import pytest
from prediction_limit import folds_of, threshold
from safetensors.numpy import load_file

# tests/core/scoring holds the program to them.
GOLDEN = load_file(pathlib.Path(os.environ["MLFSC_SOURCE"]) / "tests/testdata/scoring.safetensors")


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_the_threshold_is_the_programs(rate):
    # Of values in float32.
    assert threshold(GOLDEN["calibration.scores"], rate) == pytest.approx(GOLDEN[f"calibration.threshold.rate={rate}"][0], rel=1e-5)


def test_folds_follow_the_order_of_arrival():
    assert list(folds_of(7)) == [0, 1, 2, 3, 4, 0, 1]
    assert list(folds_of(3)) == [0, 1, 2]


def test_one_percent_of_new_good_pictures_are_flagged():
    rng = np.random.default_rng(1)
    flagged = [np.mean(np.exp(rng.normal(3, 0.2, 500)) > threshold(np.exp(rng.normal(3, 0.2, 40)), 0.01)) for _ in range(200)]
    # The mean of 200 shares, each with a deviation of about 0.01.
    assert np.mean(flagged) == pytest.approx(0.01, abs=0.003)

"""Other methods' thresholds follow the program's rule."""

import os
import pathlib
import re

import numpy as np
import pytest
from prediction_limit import FACTORS, factors_of, folds_of, spread, threshold
from safetensors.numpy import load_file

SOURCE = pathlib.Path(os.environ["MLFSC_SOURCE"])
# tests/core/scoring/spread_test.cc holds the program to them.
GOLDEN = load_file(SOURCE / "tests/testdata/spread.safetensors")


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 9, 31, 110])
def test_the_spread_is_the_programs(count):
    assert spread(GOLDEN[f"values.{count}"]) == pytest.approx(GOLDEN[f"spread.{count}"][0], rel=1e-12)


def test_the_factors_are_the_programs():
    code = (SOURCE / "core/scoring/spread.cc").read_text()
    table = re.search(r"kFactors = \{\{(.*?)\}\};", code, re.S)[1]
    assert [tuple(map(float, pair)) for pair in re.findall(r"\{([\d.]+), ([\d.]+)\}", table)] == [tuple(map(float, pair)) for pair in FACTORS]
    assert "return {1 - 0.42 / n - 1.9 / (n * n), 0.8637 * (n - 1) - 0.4};" in code
    assert factors_of(100) == pytest.approx((1 - 0.0042 - 0.00019, 0.8637 * 99 - 0.4))


def test_folds_follow_the_order_of_arrival():
    assert list(folds_of(7)) == [0, 1, 2, 3, 4, 0, 1]
    assert list(folds_of(3)) == [0, 1, 2]


@pytest.mark.parametrize("count", [10, 40])
def test_one_percent_of_new_good_pictures_are_flagged(count):
    rng = np.random.default_rng(1)
    flagged = [np.mean(np.exp(rng.normal(3, 0.2, 500)) > threshold(np.exp(rng.normal(3, 0.2, count)), 0.01)) for _ in range(400)]
    # The mean of 400 shares, each with a deviation of about 0.02.
    assert np.mean(flagged) == pytest.approx(0.01, abs=0.004)


def test_equal_scores_keep_a_small_deviation():
    assert 100 < threshold([100] * 4, 0.01) < 110

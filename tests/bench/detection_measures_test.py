"""The measures of the reference methods are those that the program takes of its own: both are held to the same golden values."""

import json
import os
import pathlib

import numpy as np
import pytest
from detection_measures import PixelMeasures, image_auroc, share_above
from sklearn.metrics import roc_auc_score

# Sums of up to 10^5 terms in [0, 1], each rounded to 2^-53 of it: 1e-11 at most.
EXACT = 1e-9
# tests/client/evaluation/evaluation_golden_test.cc holds `mlfsc eval` to them.
GOLDEN = json.loads((pathlib.Path(os.environ["MLFSC_SOURCE"]) / "tests/testdata/evaluation.json").read_text())


@pytest.mark.parametrize("scores", GOLDEN["scores"])
def test_image_auroc_is_the_programs(scores):
    assert image_auroc(scores["good"], scores["bad"]) == pytest.approx(scores["image_auroc"], abs=EXACT)


@pytest.mark.parametrize("maps", GOLDEN["maps"])
@pytest.mark.parametrize("kinds", ["all", "1", "2"])
def test_pixel_auroc_and_pro_are_the_programs(maps, kinds):
    pixels = PixelMeasures()
    for picture in maps["pictures"]:
        if kinds != "all" and picture["kind"] not in (0, int(kinds)):
            continue
        shape = picture["height"], picture["width"]
        mask = np.reshape(picture["mask"], shape) > 0
        pixels.add(np.reshape(picture["values"], shape), mask if picture["kind"] else None)
    wanted = maps["measures"][kinds]
    assert pixels.measure() == pytest.approx((wanted["pixel_auroc"], wanted["pro30"]), abs=EXACT)


def test_a_perfect_map_has_measures_of_one_and_a_constant_one_of_chance():
    mask = np.zeros((20, 20), bool)
    mask[3:6, 4:9] = mask[12:, 15:] = True
    perfect, constant = PixelMeasures(), PixelMeasures()
    perfect.add(mask.astype(np.float32), mask)
    constant.add(np.ones((20, 20)), mask)
    assert perfect.measure() == pytest.approx((1, 1))
    # The straight line from 0 to 1: its mean up to a rate of 0.3 is 0.15.
    assert constant.measure() == pytest.approx((0.5, 0.15))


def test_pixels_of_good_pictures_count_as_good():
    rng = np.random.default_rng(1)
    mask = rng.random((30, 20)) > 0.8
    pixels, maps = PixelMeasures(), rng.random((3, 30, 20), np.float32)
    pixels.add(maps[0])
    pixels.add(maps[1], mask)
    pixels.add(maps[2], ~mask)
    truth = np.r_[np.zeros(600), mask.ravel(), ~mask.ravel()]
    assert pixels.measure()[0] == pytest.approx(roc_auc_score(truth, maps.ravel()), abs=EXACT)


def test_without_a_defective_or_without_a_good_pixel_there_is_no_measure():
    good, bad = PixelMeasures(), PixelMeasures()
    good.add(np.ones((4, 4)))
    bad.add(np.ones((4, 4)), np.ones((4, 4), bool))
    assert good.measure() == (None, None)
    assert bad.measure() == (None, None)


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="the mask is 5x4 px, the picture 4x4"):
        PixelMeasures().add(np.ones((4, 4)), np.ones((4, 5), bool))


def test_a_score_at_the_threshold_is_not_flagged():
    assert share_above([1, 2, 3, 4], 2) == 0.5

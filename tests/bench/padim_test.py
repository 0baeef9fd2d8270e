"""PaDiM and the maps of both reference methods, on small arrays."""

import numpy as np
import padim
import pytest
from anomaly_map import enlarge, smooth_map
from padim import Padim
from scipy.spatial.distance import mahalanobis

CHANNELS, SIDE, SIZE = 120, 4, 32


def pictures(count, seed):
    """Each position with a mean of its own."""
    means = np.random.default_rng(0).normal(size=(CHANNELS, SIDE, SIDE)) * 5
    return (means + np.random.default_rng(seed).normal(size=(count, CHANNELS, SIDE, SIDE))).astype(np.float32)


def fitted(count=150):
    detector = Padim(CHANNELS, SIZE)
    detector.fit(iter(pictures(count, 1)), count)
    return detector


def test_distances_are_mahalanobis_of_each_position():
    detector, train, features = fitted(), pictures(150, 1), pictures(1, 2)[0]
    assert len(set(detector.channels)) == padim.DIMENSIONS
    _, distances = detector.score(features)
    for y, x in ((0, 0), (2, 3)):
        values = train[:, detector.channels, y, x].astype(np.float64)
        inverse = np.linalg.inv(np.cov(values, rowvar=False) + padim.REGULARISATION * np.eye(padim.DIMENSIONS))
        wanted = mahalanobis(features[detector.channels, y, x], values.mean(0), inverse)
        assert distances[y, x] == pytest.approx(wanted, rel=1e-3)


def test_a_patch_in_the_wrong_place_is_found():
    detector = fitted()
    good = max(detector.score(features)[0] for features in pictures(5, 3))
    moved = pictures(1, 4)[0]
    moved[:, 1, 2] = pictures(1, 5)[0][:, 3, 0]
    score, distances = detector.score(moved)
    assert score > good
    assert np.unravel_index(distances.argmax(), distances.shape) == (1, 2)


def test_fewer_pictures_than_dimensions_are_enough():
    score, distances = fitted(5).score(pictures(1, 6)[0])
    assert np.isfinite(score) and np.isfinite(distances).all()


def test_the_score_is_the_maximum_of_the_smoothed_map():
    score, distances = fitted().score(pictures(1, 7)[0])
    assert score == pytest.approx(smooth_map(distances, SIZE).max())


def test_enlarging_is_bilinear_between_the_centres_of_cells():
    line = enlarge(np.array([[0.0, 4.0]]), 1, 8)[0]
    assert line == pytest.approx([0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4])
    assert enlarge(np.ones((3, 5)), 7, 11).shape == (7, 11)


def test_smoothing_keeps_a_constant_map():
    assert smooth_map(np.full((4, 4), 3.0), 32) == pytest.approx(3)

"""PatchCore's parts on small arrays."""

import numpy as np
import patchcore
import pytest
from patchcore import PatchCore, greedy_coreset, patch_vectors


def test_a_patchs_vector_is_the_mean_of_its_neighbourhood():
    features = np.random.default_rng(1).random((5, 6, 7), np.float32)
    vectors = patch_vectors(features)
    assert vectors.shape == (42, 5)
    assert vectors[2 * 7 + 3] == pytest.approx(features[:, 1:4, 2:5].mean((1, 2)), rel=1e-5)


def test_the_coreset_takes_one_of_each_cluster_before_a_second():
    rng = np.random.default_rng(2)
    clusters = rng.normal(size=(12, 200)).astype(np.float32) * 10
    of = np.repeat(np.arange(12), 30)
    vectors = clusters[of] + rng.normal(size=(360, 200)).astype(np.float32) * 0.1
    assert sorted(of[greedy_coreset(vectors, 12)]) == list(range(12))


def test_each_vector_of_a_coreset_is_the_farthest_from_those_before():
    vectors = np.random.default_rng(3).random((60, 4), np.float32)  # too few dimensions to be projected
    chosen = greedy_coreset(vectors, 20)
    assert len(set(chosen)) == 20
    for i in range(1, 20):
        nearest = np.linalg.norm(vectors[:, None] - vectors[chosen[:i]], axis=2).min(1)
        assert nearest[chosen[i]] == pytest.approx(nearest.max(), rel=1e-5)


def test_copies_are_not_taken_twice():
    vectors = np.repeat(np.eye(3, 4, dtype=np.float32), 5, 0)
    assert len(set(greedy_coreset(vectors, 10))) == 10


def pictures(count, seed):
    return np.random.default_rng(seed).random((count, 16, 8, 8), np.float32)


def test_a_strange_patch_scores_above_all_good_ones_and_is_pointed_at():
    detector = PatchCore()
    detector.fit(iter(pictures(10, 4)), 10)
    good = [detector.score(features)[0] for features in pictures(10, 5)]
    strange = pictures(1, 6)[0]
    strange[:, 1:4, 4:7] += 2
    score, distances = detector.score(strange)
    assert score > 2 * max(good)
    assert np.unravel_index(distances.argmax(), distances.shape) == (2, 5)


def test_distances_are_those_to_the_nearest_vector_of_the_bank_and_the_score_is_equation_7():
    detector = PatchCore()
    detector.fit(iter(pictures(10, 7)), 10)
    assert len(detector.bank) == 64
    features = pictures(1, 8)[0]
    score, distances = detector.score(features)
    vectors = patch_vectors(features)
    all_distances = np.linalg.norm(vectors[:, None] - detector.bank, axis=2)
    assert distances.ravel() == pytest.approx(all_distances.min(1), rel=1e-4)
    worst = distances.argmax()
    nearest = detector.bank[all_distances[worst].argmin()]
    support = np.argsort(np.linalg.norm(detector.bank - nearest, axis=1))[:patchcore.SUPPORT]
    weight = 1 - np.exp(all_distances[worst].min()) / np.exp(all_distances[worst, support]).sum()
    assert score == pytest.approx(weight * all_distances[worst].min(), rel=1e-4)


def test_large_distances_do_not_overflow_the_weight():
    detector = PatchCore()
    detector.fit(iter(pictures(10, 9) * 1e4), 10)
    score, distances = detector.score(pictures(1, 10)[0] * 1e4)
    assert 0 < score <= distances.max()


def test_many_pictures_give_fewer_patches_each(monkeypatch):
    monkeypatch.setattr(patchcore, "MAX_CANDIDATES", 200)
    detector = PatchCore()
    detector.fit(iter(pictures(10, 11)), 10)
    assert len(detector.bank) == 20


def test_the_same_seed_gives_the_same_bank():
    banks = []
    for _ in range(2):
        detector = PatchCore(seed=3)
        detector.fit(iter(pictures(5, 12)), 5)
        banks.append(detector.bank)
    assert np.array_equal(*banks)

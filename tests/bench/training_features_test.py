"""Good pictures' features, standardised and scored out of fold."""

import numpy as np
import pytest
from data_sets import DataSet
from training_features import TrainingFeatures, out_of_fold_scores


def training(tmp_path, maps):
    data_set = DataSet("cloth", tmp_path, tuple(range(len(maps))), ())
    return TrainingFeatures(data_set, lambda i: (maps[i], None), tmp_path / "features.npy")


def test_each_channel_is_standardised_over_all_cells_of_all_pictures(tmp_path):
    rng = np.random.default_rng(1)
    maps = (rng.normal(size=(8, 3, 5, 6)) * np.array([1, 50, 0.01]).reshape(3, 1, 1) + 7).astype(np.float32)
    features = training(tmp_path, maps)
    seen = np.stack([features[i] for i in range(8)])
    # float32 keeps 7 digits of values near 7, whose deviation is 0.01.
    assert seen.mean((0, 2, 3)) == pytest.approx(0, abs=1e-3)
    assert seen.std((0, 2, 3)) == pytest.approx(1, rel=1e-3)


def test_a_channel_that_is_always_the_same_is_zero(tmp_path):
    features = training(tmp_path, np.full((4, 2, 3, 3), 5, np.float32))
    assert np.array_equal(features[1], np.zeros((2, 3, 3)))


class Spy:
    """Scores a picture by those it has learnt from."""

    def fit(self, pictures, count):
        self.seen = [int(features[0, 0, 0]) for features in pictures]
        assert len(self.seen) == count

    def score(self, features):
        assert int(features[0, 0, 0]) not in self.seen
        return float(sum(self.seen)), None


def test_no_picture_is_scored_by_what_has_learnt_from_its_fold(tmp_path):
    features = training(tmp_path, np.arange(7, dtype=np.float32).reshape(7, 1, 1, 1))
    features.mean, features.scale = 0, 1
    # 0 to 6 add up to 21; 5 lies in 0's fold and 6 in 1's.
    assert list(out_of_fold_scores(Spy, features)) == [16, 14, 19, 18, 17, 16, 14]


def test_the_file_goes(tmp_path):
    training(tmp_path, np.ones((2, 1, 2, 2), np.float32)).delete()
    assert not list(tmp_path.iterdir())

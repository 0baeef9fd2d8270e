"""Good pictures' features, to learn from and to score out of fold."""
import numpy as np
from prediction_limit import folds_of


class TrainingFeatures:
    """Of a data set, on disk, read one at a time; each channel standardised by its mean and deviation over all cells of all pictures."""

    def __init__(self, data_set, network, path):
        """network(path of a picture) -> (features [channels, rows, columns], ...). `path`: the file that is written."""
        self.count = len(data_set.train)
        self.path = path
        means, squares = 0, 0
        for i, picture in enumerate(data_set.train):
            features = network(picture)[0]
            if i == 0:
                self.all = np.lib.format.open_memmap(path, "w+", np.float32, (self.count, *features.shape))
            self.all[i] = features
            means = means + features.mean((1, 2), dtype=np.float64) / self.count
            squares = squares + np.square(features, dtype=np.float64).mean((1, 2)) / self.count
        deviation = np.sqrt((squares - means * means).clip(0))
        # A channel that is the same everywhere tells nothing.
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        self.mean, self.scale = means.astype(np.float32)[:, None, None], scale.astype(np.float32)[:, None, None]

    def standardised(self, features):
        return (features - self.mean) * self.scale

    def fit(self, detector, chosen):
        detector.fit((self[i] for i in chosen), len(chosen))
        return detector

    def __getitem__(self, i):
        return self.standardised(self.all[i])

    def delete(self):
        del self.all
        self.path.unlink()


def out_of_fold_scores(make, training):
    """Each training picture's score by a detector that has not seen its fold."""
    folds, scores = folds_of(training.count), np.empty(training.count)
    for fold in np.unique(folds):
        detector = training.fit(make(), np.flatnonzero(folds != fold))
        for i in np.flatnonzero(folds == fold):
            scores[i] = detector.score(training[i])[0]
    return scores

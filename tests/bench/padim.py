"""PaDiM: T. Defard and others, "PaDiM: a Patch Distribution Modeling Framework for Anomaly Detection and Localization", ICPR 2021.
Written from the paper.

Features are [channels, rows, columns] of one picture.
"""
import numpy as np
from anomaly_map import smooth_map

DIMENSIONS = 100  # channels, chosen at random once
REGULARISATION = 0.01


class Padim:
    name = "PaDiM"

    def __init__(self, channels, size, seed=0):
        """size: pixels a side of the map that is smoothed; the score is its maximum."""
        self.size = size
        self.channels = np.sort(np.random.default_rng(seed).choice(channels, min(DIMENSIONS, channels), replace=False))
        self.means = self.inverses = None

    def fit(self, pictures, count):
        """pictures: `count` features, one after another; a Gaussian is learnt for each position."""
        values = np.stack([features[self.channels].reshape(len(self.channels), -1).T for features in pictures], 1)
        self.means = values.mean(1)  # [positions, dimensions]
        values -= self.means[:, None]
        covariances = np.matmul(values.transpose(0, 2, 1), values) / (count - 1)
        covariances = covariances.astype(np.float64) + REGULARISATION * np.eye(len(self.channels))
        self.inverses = np.linalg.inv(covariances)

    def score(self, features):
        """(score of the picture, [rows, columns] Mahalanobis distances)."""
        off = features[self.channels].reshape(len(self.channels), -1).T - self.means
        squared = np.einsum("pi,pi->p", np.matmul(off[:, None], self.inverses)[:, 0], off)
        distances = np.sqrt(squared.clip(0)).reshape(features.shape[1:])
        return float(smooth_map(distances, self.size).max()), distances

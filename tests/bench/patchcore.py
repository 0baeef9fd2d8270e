"""PatchCore: K. Roth and others, "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022. Written from the paper.

Features are [channels, rows, columns] of one picture.
"""
import numpy as np
from scipy.ndimage import uniform_filter
from sklearn.neighbors import NearestNeighbors
from sklearn.random_projection import GaussianRandomProjection

NEIGHBOURHOOD = 3       # p: cells a side that a patch's vector is the mean of
CORESET_SHARE = 0.1
PROJECTED = 128         # dimensions in which the coreset is chosen
SUPPORT = 9             # b: neighbours of the nearest vector, which weigh the score
# What learning takes grows with the square of this; more pictures give each fewer patches.
MAX_CANDIDATES = 30_000


def patch_vectors(features):
    """Locally aware: [rows x columns, channels]."""
    averaged = uniform_filter(features, size=(1, NEIGHBOURHOOD, NEIGHBOURHOOD), mode="nearest")
    return averaged.reshape(features.shape[0], -1).T


def greedy_coreset(vectors, count, seed=0):
    """Indices of `count` vectors: each next one the farthest from those before it, by Euclid's distance in a random projection."""
    rng = np.random.default_rng(seed)
    points = vectors
    if PROJECTED < vectors.shape[1]:
        points = GaussianRandomProjection(PROJECTED, random_state=seed).fit_transform(vectors).astype(np.float32)
    squares = np.einsum("ij,ij->i", points, points)
    chosen = np.empty(count, np.int64)
    chosen[0] = rng.integers(len(points))
    nearest = np.full(len(points), np.inf, np.float32)
    for i in range(1, count):
        last = chosen[i - 1]
        np.minimum(nearest, squares + squares[last] - 2 * (points @ points[last]), out=nearest)
        nearest[last] = -1
        chosen[i] = np.argmax(nearest)
    return chosen


class PatchCore:
    name = "PatchCore"

    def __init__(self, seed=0):
        self.seed = seed
        self.bank = self.neighbours = None

    def fit(self, pictures, count):
        """pictures: `count` features, one after another."""
        rng = np.random.default_rng(self.seed)
        candidates = []
        for features in pictures:
            vectors = patch_vectors(features)
            if len(vectors) > MAX_CANDIDATES // count:
                vectors = vectors[np.sort(rng.choice(len(vectors), MAX_CANDIDATES // count, replace=False))]
            candidates.append(np.ascontiguousarray(vectors))
        candidates = np.concatenate(candidates)
        kept = max(SUPPORT, int(CORESET_SHARE * len(candidates)))
        self.bank = candidates[greedy_coreset(candidates, min(kept, len(candidates)), self.seed)]
        self.neighbours = NearestNeighbors(algorithm="brute").fit(self.bank)

    def score(self, features):
        """(score of the picture, [rows, columns] distances of its patches)."""
        vectors = np.ascontiguousarray(patch_vectors(features))
        distances, nearest = self.neighbours.kneighbors(vectors, 1)
        worst = int(np.argmax(distances))
        # Eq. 7: less where the nearest vector's own neighbours are as near.
        support = self.neighbours.kneighbors(self.bank[nearest[worst]], min(SUPPORT, len(self.bank)), return_distance=False)[0]
        to_support = np.linalg.norm(self.bank[support] - vectors[worst], axis=1)
        farthest = max(to_support.max(), distances[worst, 0])
        weight = 1 - np.exp(distances[worst, 0] - farthest) / np.exp(to_support - farthest).sum()
        return float(weight * distances[worst, 0]), distances.reshape(features.shape[1:])

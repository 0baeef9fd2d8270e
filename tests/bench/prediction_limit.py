"""The program's threshold (core/scoring/calibration.h, spread.h) for other methods' scores."""
import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import norm
from scipy.stats import t as student

FOLDS = 5
SMALLEST_SCORE = 1e-6
SMALLEST_DEVIATION = 0.01
# Scale and degrees of freedom of 2 to 20 scores, as simulated by tests/testdata/make_spread_factors.py.
FACTORS = (
    (0.6744897501960817, 1), (0.7105, 2.004), (0.8187, 3.034), (0.8530, 3.059), (0.8728, 4.007), (0.9193, 4.978), (0.9156, 5.494),
    (0.9335, 6.552), (0.9401, 7.373), (0.9488, 8.133), (0.9513, 9.027), (0.9596, 9.961), (0.9581, 10.563), (0.9648, 11.570), (0.9652, 12.384),
    (0.9691, 13.468), (0.9704, 14.189), (0.9748, 15.107), (0.9731, 15.761),
)


def folds_of(count):
    """Each picture's fold, in order of arrival."""
    return np.arange(count) % min(FOLDS, count)


def factors_of(count):
    if count - 2 < len(FACTORS):
        return FACTORS[count - 2]
    return 1 - 0.42 / count - 1.9 / count**2, 0.8637 * (count - 1) - 0.4


def spread(values):
    """Shamos: the median distance of all pairs, as the deviation of normal values."""
    return float(np.median(pdist(np.reshape(values, (-1, 1)))) / (np.sqrt(2) * norm.ppf(0.75)))


def threshold(scores, rate):
    """From out-of-fold scores of good pictures, at least 2: exp(m + t sd sqrt(1 + 1/N)), m their median and sd their spread, of logarithms."""
    logs = np.log(np.maximum(scores, SMALLEST_SCORE))
    scale, freedom = factors_of(len(logs))
    deviation = max(scale * spread(logs), SMALLEST_DEVIATION)
    return float(np.exp(np.median(logs) + student.isf(rate, freedom) * deviation * np.sqrt(1 + 1 / len(logs))))

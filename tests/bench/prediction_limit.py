"""The program's threshold (core/scoring/calibration.h) for other methods' scores."""
import numpy as np
from scipy.stats import t as student

FOLDS = 5
SMALLEST_DEVIATION = 0.01


def folds_of(count):
    """Each picture's fold, in order of arrival."""
    return np.arange(count) % min(FOLDS, count)


def threshold(scores, rate):
    """From positive out-of-fold scores of good pictures: exp(m + t sd sqrt(1 + 1/N))."""
    logs = np.log(np.maximum(scores, 1e-6))
    deviation = max(logs.std(ddof=1), SMALLEST_DEVIATION)
    return float(np.exp(logs.mean() + student.isf(rate, len(logs) - 1) * deviation * np.sqrt(1 + 1 / len(logs))))

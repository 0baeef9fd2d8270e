"""What scores and maps are worth, by the definitions of docs/evaluation-json.md, and apart from the program's own code."""
import numpy as np
from scipy.ndimage import label
from sklearn.metrics import roc_auc_score

PRO_LIMIT = 0.3


def image_auroc(good, bad):
    return float(roc_auc_score(np.r_[np.zeros(len(good)), np.ones(len(bad))], np.r_[good, bad]))


def share_above(scores, threshold):
    return float(np.mean(np.asarray(scores) > threshold))


class PixelMeasures:
    """Gathers maps and masks, then ranks all their pixels exactly, ties included. Takes four bytes a pixel, twice that while it ranks."""

    def __init__(self):
        self.good, self.bad, self.weights, self.regions = [], [], [], 0

    def add(self, values, mask=None):
        """values: [height, width], finite. mask: [height, width], true where defective; None for a picture that is good all over."""
        values = np.asarray(values, np.float32)
        if mask is None:
            self.good.append(values.ravel())
            return
        if mask.shape != values.shape:
            raise ValueError(f"the mask is {mask.shape[1]}x{mask.shape[0]} px, the picture {values.shape[1]}x{values.shape[0]}")
        # A region is what is connected by sides or corners.
        labels, count = label(mask, structure=np.ones((3, 3)))
        areas = np.bincount(labels.ravel())
        defective = labels > 0
        self.good.append(values[~defective])
        self.bad.append(values[defective])
        # Each region counts as much as any other.
        self.weights.append(1 / areas[labels[defective]])
        self.regions += count

    def measure(self):
        """(pixel AUROC, PRO up to a false-positive rate of 0.3); None for both without defective or without good pixels."""
        if self.regions == 0 or sum(map(len, self.good)) == 0:
            return None, None
        good = np.concatenate(self.good)
        good.sort()
        bad = np.concatenate(self.bad)
        order = np.argsort(bad, kind="stable")
        bad, weights = bad[order], np.concatenate(self.weights)[order] / self.regions
        below = np.searchsorted(good, bad, "left").sum(dtype=np.float64)
        below_or_equal = np.searchsorted(good, bad, "right").sum(dtype=np.float64)
        return float((below + below_or_equal) / 2 / len(good) / len(bad)), _pro(good, bad, weights)


def _pro(good, bad, weights):
    """Area under the curve of mean overlap against false-positive rate, over PRO_LIMIT. All sorted upwards.

    The curve has a point at each value that occurs, and is straight between; only values that a good pixel has move it sideways.
    """
    above = np.r_[np.cumsum(weights[::-1])[::-1], 0.0]
    # The first value at which the rate reaches the limit belongs to it.
    first = max(0, len(good) - int(np.ceil(PRO_LIMIT * len(good))))
    first = np.searchsorted(good, good[first], "left")
    values, counts = np.unique(good[first:], return_counts=True)
    rate_from = (np.cumsum(counts[::-1])[::-1] - counts) / len(good)
    rate_to = rate_from + counts / len(good)
    overlap_from, overlap_to = above[np.searchsorted(bad, values, "right")], above[np.searchsorted(bad, values, "left")]
    end = np.minimum(rate_to, PRO_LIMIT)
    overlap_end = overlap_from + (overlap_to - overlap_from) * (end - rate_from) / (rate_to - rate_from)
    return float(np.sum((end - rate_from).clip(0) * (overlap_from + overlap_end) / 2) / PRO_LIMIT)

"""Writes evaluation.json: what scikit-learn and scipy say of made-up scores, maps and masks.

Needs: numpy, scipy, scikit-learn. Run from this folder.

PRO has no implementation in scikit-learn. Here it is computed the slow way, straight from its definition (Bergmann and
others, "The MVTec Anomaly Detection Dataset", 2021): at every value that occurs in the maps, the false-positive rate of
all good pixels and the mean over regions of the share at or above that value.
"""
import json

import numpy as np
from scipy.ndimage import label
from sklearn.metrics import average_precision_score, f1_score, precision_score, roc_auc_score, roc_curve

PRO_LIMIT = 0.3


def score_set(rng, good, bad, levels, shift):
    """Scores with many ties where `levels` is small."""
    scores = {"good": (rng.integers(0, levels, good) / 7).tolist(),
              "bad": (rng.integers(0, levels, bad) / 7 + shift).tolist()}
    truth = np.r_[np.zeros(good), np.ones(bad)]
    values = np.r_[scores["good"], scores["bad"]]
    false_rate, recall, _ = roc_curve(truth, values, drop_intermediate=False)
    threshold = float(np.median(values))
    flagged = values > threshold
    return {**scores, "threshold": threshold,
            "image_auroc": roc_auc_score(truth, values),
            "average_precision": average_precision_score(truth, values),
            "false_alarms_at_recall95": float(false_rate[recall >= 0.95].min()),
            "f1": f1_score(truth, flagged),
            "precision": precision_score(truth, flagged)}


def pro(maps, masks):
    regions = []
    for values, mask in zip(maps, masks):
        labels, count = label(mask, structure=np.ones((3, 3)))
        regions += [values[labels == i] for i in range(1, count + 1)]
    good = np.concatenate([values[mask == 0] for values, mask in zip(maps, masks)])
    rates, overlaps = [0.0], [0.0]
    for limit in np.unique(np.concatenate([values.ravel() for values in maps]))[::-1]:
        rates.append((good >= limit).mean())
        overlaps.append(np.mean([(region >= limit).mean() for region in regions]))
    rates, overlaps = np.array(rates), np.array(overlaps)
    inside = rates < PRO_LIMIT
    # Where the curve crosses the limit it is straight between its two neighbours.
    last = inside.sum() - 1
    share = (PRO_LIMIT - rates[last]) / (rates[last + 1] - rates[last])
    x = np.r_[rates[inside], PRO_LIMIT]
    y = np.r_[overlaps[inside], overlaps[last] + share * (overlaps[last + 1] - overlaps[last])]
    return float(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum() / PRO_LIMIT)


def pixel_measures(maps, masks):
    truth = np.concatenate([mask.ravel() for mask in masks])
    values = np.concatenate([values.ravel() for values in maps])
    return {"pixel_auroc": roc_auc_score(truth, values), "pro30": pro(maps, masks)}


def map_set(rng, levels, lift):
    """Two good pictures, then two of each of two kinds, in different sizes; blots as defects, some touching at corners only."""
    pictures = []
    for kind in (0, 0, 1, 1, 2, 2):
        height, width = int(rng.integers(14, 26)), int(rng.integers(14, 26))
        mask = np.zeros((height, width), np.uint8)
        if kind > 0:
            for _ in range(3):
                y, x = int(rng.integers(0, height - 4)), int(rng.integers(0, width - 4))
                mask[y:y + int(rng.integers(1, 5)), x:x + int(rng.integers(1, 5))] = 1
            mask[0, 0] = mask[1, 1] = 1
        values = (rng.integers(0, levels, (height, width)) / 64 + lift * kind * mask).astype(np.float32)
        pictures.append({"kind": kind, "values": values, "mask": mask})
    measures = {}
    for name, kinds in (("all", (0, 1, 2)), ("1", (0, 1)), ("2", (0, 2))):
        chosen = [p for p in pictures if p["kind"] in kinds]
        measures[name] = pixel_measures([p["values"] for p in chosen], [p["mask"] for p in chosen])
    return {"pictures": [{"kind": p["kind"], "height": p["mask"].shape[0], "width": p["mask"].shape[1],
                          "values": p["values"].ravel().tolist(), "mask": p["mask"].ravel().tolist()} for p in pictures],
            "measures": measures}


def main():
    rng = np.random.default_rng(20)
    scores = [score_set(rng, good, bad, levels, shift)
              for good, bad, levels, shift in ((40, 30, 12, 0.4), (7, 100, 5, 0.2), (200, 60, 100000, 3000.0), (20, 1, 30, 1.0),
                                               (31, 20, 3, 0.0), (60, 40, 1000, 100.0))]
    maps = [map_set(rng, levels, lift) for levels, lift in ((8, 0.02), (200, 0.6), (2000, 4.0))]
    with open("evaluation.json", "w") as out:
        json.dump({"scores": scores, "maps": maps}, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()

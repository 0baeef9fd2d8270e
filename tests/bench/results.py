"""What was measured of one method on one data set."""
from dataclasses import asdict, dataclass, field

import numpy as np
from detection_measures import image_auroc, share_above


@dataclass
class Result:
    data_set: str
    method: str
    image_auroc: float
    # None without masks.
    pixel_auroc: float | None
    pro: float | None
    # Shares of defective and of good test pictures above the threshold.
    found: float
    false_alarms: float
    good_pictures: int
    milliseconds: float
    # {view: image AUROC}, of a method that is made of several.
    views: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of_scores(cls, method, data_set, scores, limit, pixel_auroc, pro, milliseconds):
        """scores: of the set's test pictures, in their order."""
        good = [score for picture, score in zip(data_set.test, scores) if picture.good]
        bad = [score for picture, score in zip(data_set.test, scores) if not picture.good]
        return cls(data_set.name, method, image_auroc(good, bad), pixel_auroc, pro, share_above(bad, limit), share_above(good, limit),
                   len(good), milliseconds)

    def as_json(self):
        return asdict(self)


MEASURES = ("image_auroc", "pixel_auroc", "pro", "found", "false_alarms", "milliseconds")


def mean_of(results):
    """{measure: mean over the results that have it, or None}."""
    means = {}
    for measure in MEASURES:
        values = [getattr(result, measure) for result in results if getattr(result, measure) is not None]
        means[measure] = float(np.mean(values)) if values else None
    return means

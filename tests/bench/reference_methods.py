"""PatchCore and PaDiM on the program's own VGG16 features, measured on a data set.

The features are those of the program's appearance view, so that only what is made of them differs: cut by the border in which zero padding
shows, and each channel standardised by the good pictures' mean and deviation.
"""
import time

import numpy as np
from anomaly_map import enlarge, smooth_map
from detection_measures import PixelMeasures
from padim import Padim
from patchcore import PatchCore
from pictures import read_mask, read_picture, resize
from prediction_limit import threshold
from results import Result
from training_features import out_of_fold_scores
from vgg16_onnx import session, weights, write_appearance

SIZE, CHANNELS = 256, 896
CELL = 8     # pixels
BORDER = 2   # cells
CELLS = SIZE // CELL - 2 * BORDER
DETECTORS = {"PatchCore": PatchCore, "PaDiM": lambda: Padim(CHANNELS, CELLS * CELL)}


class Network:
    """conv4_3, conv3_3 and conv2_2 of one pass over a picture of 256 x 256 px, after the ReLU, at S/8."""

    def __init__(self, folder, threads):
        arrays, self.mean, self.deviation = weights()
        write_appearance(arrays, SIZE, folder / "appearance.onnx")
        self.run = session(folder / "appearance.onnx", threads)

    def __call__(self, path):
        """(features [896, 28, 28], (height, width) of the picture)."""
        picture, full_scale = read_picture(path)
        planes = resize(picture, SIZE).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(full_scale)
        features = self.run((planes - self.mean) / self.deviation)[0][0]
        return features[:, BORDER:-BORDER, BORDER:-BORDER], picture.shape[:2]


def measure(name, data_set, network, training, rate):
    make = DETECTORS[name]
    limit = threshold(out_of_fold_scores(make, training), rate)
    detector = training.fit(make(), np.arange(training.count))
    scores, seconds, pixels = [], [], PixelMeasures()
    for picture in data_set.test:
        start = time.perf_counter()
        features, (height, width) = network(picture.path)
        score, distances = detector.score(training.standardised(features))
        # Edges reach outwards over the border, as the program's do.
        values = np.pad(smooth_map(distances, CELLS * CELL), BORDER * CELL, mode="edge")
        seconds.append(time.perf_counter() - start)
        scores.append(score)
        if data_set.has_masks and (picture.good or picture.mask):
            pixels.add(enlarge(values, height, width), None if picture.good else read_mask(picture.mask))
    auroc, pro = pixels.measure()
    return Result.of_scores(name, data_set, scores, limit, auroc, pro, 1e3 * float(np.median(seconds)))

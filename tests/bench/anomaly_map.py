"""From values of patches to a map of pixels, as PatchCore and PaDiM both do it."""
import numpy as np
from scipy.ndimage import gaussian_filter, zoom

SMOOTHING = 4  # pixels at the network's input size


def enlarge(values, height, width):
    """Bilinear, by the centres of cells and pixels. values: [rows, columns] -> [height, width], float32."""
    values = np.asarray(values, np.float32)
    if values.shape == (height, width):
        return values
    return zoom(values, (height / values.shape[0], width / values.shape[1]), order=1, mode="nearest", grid_mode=True)


def smooth_map(values, size):
    """[rows, columns] -> [size, size]: enlarged, then smoothed by a Gaussian."""
    return gaussian_filter(enlarge(values, size, size), SMOOTHING, mode="nearest")

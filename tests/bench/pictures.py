"""Reading pictures and masks as the program does."""
import cv2
import numpy as np


def _read(path, flags):
    picture = cv2.imread(str(path), flags)
    if picture is None:
        raise ValueError(f"{path}: cannot be read as a picture")
    return picture


def read_picture(path):
    """Upright, [height, width, 3], red first, 8 or 16 bit; and its full scale."""
    picture = _read(path, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    return np.ascontiguousarray(picture[:, :, ::-1]), np.iinfo(picture.dtype).max


def resize(picture, size):
    """[size, size, 3]: area-averaged where it shrinks, bilinear where it grows."""
    shrinks = max(picture.shape[:2]) > size
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def read_mask(path):
    """[height, width], true where defective: more than half of the full scale."""
    mask = _read(path, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    return mask > np.iinfo(mask.dtype).max // 2

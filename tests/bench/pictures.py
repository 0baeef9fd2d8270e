"""Reading pictures and masks as the program does."""
import importlib.util

import cv2
import numpy as np
from report import ROOT


def _masks_of_the_report():
    """mlfsc-report's reading of masks, without the package around it, which needs gRPC."""
    spec = importlib.util.spec_from_file_location("masks", ROOT / "clients" / "python" / "src" / "mlfsc" / "report" / "masks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# [height, width], true where defective.
read_mask = _masks_of_the_report().read_mask


def read_picture(path):
    """Upright, [height, width, 3], red first, 8 or 16 bit; and its full scale."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if picture is None:
        raise ValueError(f"{path}: cannot be read as a picture")
    return np.ascontiguousarray(picture[:, :, ::-1]), np.iinfo(picture.dtype).max


def resize(picture, size):
    """[size, size, 3]: area-averaged where it shrinks, bilinear where it grows."""
    shrinks = max(picture.shape[:2]) > size
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)

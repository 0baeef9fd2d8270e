"""Masks as `mlfsc eval` reads them (client/pictures/mask_file.h), to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Mask = npt.NDArray[np.bool_]

#: How Pillow sets upright what EXIF's orientations 2 to 8 turn.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112


def read_mask(path: Path) -> Mask:
    """[height, width], true where defective: whatever differs from the background. Raises OSError or ValueError."""
    with Image.open(path) as image:
        defective = _defective(image)
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    return _turned(defective, orientation)


def union(paths: Sequence[Path], orientation: int) -> Mask:
    """Of the masks of one picture. `orientation`: EXIF's, by which those that state none of their own are turned."""
    masks = []
    for path in paths:
        mask = read_mask(path)
        with Image.open(path) as image:
            own = image.getexif().get(_ORIENTATION_TAG, 1)
        masks.append(mask if own != 1 else _turned(mask, orientation))
    together: Mask = np.logical_or.reduce(masks)
    return together


def _turned(mask: Mask, orientation: int) -> Mask:
    if orientation not in _UPRIGHT:
        return mask
    turned: Mask = np.asarray(Image.fromarray(mask).transpose(_UPRIGHT[orientation]))
    return turned


def _defective(image: Image.Image) -> Mask:
    if image.mode == "P":
        # Entry 0 is the background, whatever its colour.
        labelled: Mask = np.asarray(image) != 0
        return labelled
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        return _by_level(pixels, image.format)
    alpha = pixels[:, :, -1] if image.mode in ("RGBA", "LA") and image.format == "PNG" else None
    colours = pixels[:, :, :-1] if image.mode in ("RGBA", "LA") else pixels
    coloured = _by_level(colours.max(axis=2), image.format)
    if alpha is None or alpha.min() == alpha.max():
        return coloured
    visible: Mask = alpha > 0
    return coloured & visible if (coloured & visible).any() else visible


def _by_level(levels: npt.NDArray[np.generic], format: str | None) -> Mask:
    # JPEG blurs edges: half of the brightest.
    mask: Mask = np.asarray(levels > levels.max() / 2 if format == "JPEG" else levels != 0)
    return mask

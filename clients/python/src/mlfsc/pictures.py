"""Pictures of the caller's, as the wire carries them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias, Union

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from mlfsc.v1 import inspection_pb2 as pb

#: A picture, in any of the forms that are taken:
#:
#: - a path (str or os.PathLike) or the bytes of a PNG, JPEG, BMP or TIFF file, sent as they are;
#: - a numpy array, [height, width] (grey) or [height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGB and alpha)
#:   channels: uint8, uint16, or floats in [0, 1];
#: - a Pillow image; its EXIF orientation is applied.
PictureLike: TypeAlias = Union[str, os.PathLike[str], bytes, bytearray, memoryview, npt.NDArray[Any], Image.Image]

_SAMPLES = {"uint8": pb.RawPixels.UINT8, "uint16": pb.RawPixels.UINT16, "float32": pb.RawPixels.FLOAT32}


def to_picture(picture: PictureLike, bit_depth: int = 0) -> pb.Picture:
    """The picture on the wire.

    `bit_depth`: of uint16 samples from a 10- or 12-bit camera, whose white is 2^bit_depth - 1; 0 means all 16 bits.
    Raises OSError when a file cannot be read, TypeError or ValueError when an array or image is none that can be sent.
    """
    if isinstance(picture, Image.Image):
        picture = _pixels_of(picture)
    if isinstance(picture, np.ndarray):
        return pb.Picture(raw=_raw(picture, bit_depth))
    if bit_depth != 0:
        raise ValueError(f"bit_depth is {bit_depth}; only arrays of uint16 have one")
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return pb.Picture(encoded=bytes(picture))
    if isinstance(picture, (str, os.PathLike)):
        return pb.Picture(encoded=Path(picture).read_bytes())
    raise TypeError(f"a {type(picture).__name__} is no picture; wanted a path, bytes, a numpy array or a Pillow image")


def _pixels_of(image: Image.Image) -> npt.NDArray[Any]:
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("L", "RGB", "RGBA"):
        return np.asarray(upright)
    if upright.mode.startswith("I;16"):
        return np.asarray(upright).astype("<u2")
    if upright.mode in ("1", "LA"):
        return np.asarray(upright.convert("L"))
    if upright.mode in ("I", "F"):
        raise ValueError(
            f"a Pillow image of mode {upright.mode} has no known white; hand over an array of uint16 or of floats in [0, 1]"
        )
    return np.asarray(upright.convert("RGB"))


def _raw(array: npt.NDArray[Any], bit_depth: int) -> pb.RawPixels:
    channels = 1 if array.ndim == 2 else array.shape[2] if array.ndim == 3 else 0
    if channels not in (1, 3, 4):
        raise ValueError(
            f"an array of shape {array.shape} is no picture; wanted [height, width] or [height, width, 1, 3 or 4]"
        )
    if array.dtype.kind == "f":
        array = array.astype("<f4", copy=False)
    elif array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    else:
        raise TypeError(f"samples of type {array.dtype} have no known white; wanted uint8, uint16, or floats in [0, 1]")
    return pb.RawPixels(
        data=array.tobytes(),
        height=array.shape[0],
        width=array.shape[1],
        channels=channels,
        sample_type=_SAMPLES[array.dtype.name],
        bit_depth=bit_depth,
    )

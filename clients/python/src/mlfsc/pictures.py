"""Pictures of the caller's, as the wire carries them."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, TypeAlias, Union

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from mlfsc.path_text import printable
from mlfsc.v1 import inspection_pb2 as pb

#: A picture, in any of the forms that are taken:
#:
#: - a path (str or os.PathLike) or the bytes of a PNG, JPEG, BMP or TIFF file, sent as they are;
#: - a numpy array, [height, width] (grey) or [height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGB and alpha)
#:   channels: uint8, uint16 (see `bit_depth`), or floats in [0, 1]; others raise;
#: - a Pillow image; its EXIF orientation is applied.
PictureLike: TypeAlias = Union[str, os.PathLike[str], bytes, bytearray, memoryview, npt.NDArray[Any], Image.Image]

_SAMPLES = {"uint8": pb.RawPixels.UINT8, "uint16": pb.RawPixels.UINT16, "float32": pb.RawPixels.FLOAT32}

#: A larger picture does not fit into one message.
MAX_PICTURE_BYTES = 256 << 20

#: Floats that rounding has taken out of [0, 1] by so much are still in it.
_ROUNDING = 1e-6


class SampleTypeError(TypeError, ValueError):
    """An array whose samples are of a type that has no known white."""


class PictureWarning(UserWarning):
    """A picture that can be read, but is likely not what its sender thinks."""


def to_picture(picture: PictureLike, bit_depth: int = 0, page: int = 0) -> pb.Picture:
    """The picture on the wire.

    `bit_depth`: of samples of 16 bits from a 10-, 12- or 14-bit camera, whose white is 2^bit_depth - 1: 9 to 16; 0 means
    what a file says, or all 16 bits. `page`: of a TIFF file with several full pages, from 1; 0 for its only one. Raises
    OSError when a file cannot be read, TypeError or ValueError, naming the value and the limit, when a picture is none that
    can be sent.
    """
    if bit_depth != 0 and not 9 <= bit_depth <= 16:
        raise ValueError(f"bit_depth is {bit_depth}; it must be 9 to 16, or 0 for what the picture says")
    if page < 0:
        raise ValueError(f"page is {page}; it must be 1 or more, or 0 for the only one")
    if isinstance(picture, Image.Image):
        picture = _pixels_of(picture)
    if isinstance(picture, np.ndarray):
        if page != 0:
            raise ValueError(f"page is {page}; an array has none")
        return pb.Picture(raw=_raw(picture, bit_depth))
    if isinstance(picture, (bytes, bytearray, memoryview)):
        data = bytes(picture)
    elif isinstance(picture, (str, os.PathLike)):
        data = Path(picture).read_bytes()
    else:
        raise TypeError(
            f"a {type(picture).__name__} is no picture; wanted a path, bytes, a numpy array or a Pillow image"
        )
    if len(data) > MAX_PICTURE_BYTES:
        raise ValueError(
            f"{name_of(picture) or 'the picture'}: the file has {len(data)} bytes; the limit is {MAX_PICTURE_BYTES}"
        )
    return pb.Picture(encoded=data, bit_depth=bit_depth, page=page)


def name_of(picture: PictureLike) -> str:
    """The path of a picture that is a file, for people; else nothing."""
    return printable(os.fsdecode(picture)) if isinstance(picture, (str, os.PathLike)) else ""


class Notices:
    """What the server found odd about pictures: each is a warning once. Thread-safe enough: at worst it is said twice."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def tell(self, name: str, notice: str) -> None:
        """`name`: of the picture, empty when it has none; `notice`: empty when nothing is odd about it."""
        if not notice or notice in self._known:
            return
        self._known.add(notice)
        warnings.warn(f"{name or 'a picture'}: {notice} (bit_depth=)", PictureWarning, stacklevel=4)


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
    if array.size == 0:
        raise ValueError(f"an array of shape {array.shape} has no pixels")
    if array.dtype.kind == "f":
        _check_floats(array)
        array = array.astype("<f4", copy=False)
    elif array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    else:
        span = f", {array.min()} to {array.max()}," if array.dtype.kind in "iu" else ""
        raise SampleTypeError(
            f"samples of type {array.dtype}{span} have no known white; wanted uint8, uint16, or floats in [0, 1]"
        )
    if bit_depth != 0:
        _check_depth(array, bit_depth)
    if array.nbytes > MAX_PICTURE_BYTES:
        raise ValueError(
            f"the array has {array.nbytes} bytes; the limit is {MAX_PICTURE_BYTES}: send it as a PNG file, or fewer pixels"
        )
    return pb.RawPixels(
        data=array.tobytes(),
        height=array.shape[0],
        width=array.shape[1],
        channels=channels,
        sample_type=_SAMPLES[array.dtype.name],
        bit_depth=bit_depth,
    )


def _first(array: npt.NDArray[Any], wrong: npt.NDArray[np.bool_]) -> str:
    """Where the first wrong sample is, and what."""
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), array.shape))
    return f"sample {list(place)} is {array[place]}"


def _check_floats(array: npt.NDArray[Any]) -> None:
    # What is not a number compares as wrong, too.
    if not (array.min() >= -_ROUNDING and array.max() <= 1 + _ROUNDING):
        wrong = ~((array >= -_ROUNDING) & (array <= 1 + _ROUNDING))
        raise ValueError(f"{_first(array, wrong)}; floats must be in [0, 1]")


def _check_depth(array: npt.NDArray[Any], bit_depth: int) -> None:
    if array.dtype.name != "uint16":
        raise ValueError(f"bit_depth is {bit_depth} for samples of type {array.dtype}; only uint16 ones have one")
    limit = 2**bit_depth - 1
    if array.max() > limit:
        raise ValueError(f"{_first(array, array > limit)}; the limit for bit_depth {bit_depth} is {limit}")

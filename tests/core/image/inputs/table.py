"""What a row of the table of pictures is: a file, made by a program that is not ours, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Read:
    """The file is the plain picture."""

    #: [height, width] (grey) or [height, width, 3] (RGB): what every sample must be, within `tolerance`.
    samples: Samples
    #: The sample value of white; 0 for all bits of a sample.
    white: int = 0
    #: Largest difference of a sample, and of all samples' mean; above 0 where the file has lost something.
    tolerance: int = 0
    mean_tolerance: float = 0
    #: What is converted, for people.
    note: str = ""
    #: What the reply says besides.
    notice: str = ""

    def rgb(self) -> Samples:
        grey = self.samples.ndim == 2
        return np.repeat(self.samples[:, :, None], 3, axis=2) if grey else self.samples

    def white_value(self) -> int:
        return self.white or (255 if self.samples.dtype == np.uint8 else 65535)


@dataclass(frozen=True)
class Refused:
    """The file is refused with exactly these words."""

    message: str


@dataclass(frozen=True)
class Row:
    #: The heading it stands under in docs/inputs.md.
    format: str
    #: Which arrangement of the format it is.
    arrangement: str
    make: Callable[[], bytes]
    expect: Read | Refused
    bit_depth: int = 0
    page: int = 0
    #: For the test's name.
    id: str = field(default="", compare=False)


def plain_rgb(height: int = 40, width: int = 56) -> npt.NDArray[np.uint8]:
    """A picture without symmetry: smooth in red and green, stripes in blue, every level of grey."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / (width - 1)
    green = 255 * (y / (height - 1)) ** 2
    blue = 127 + 100 * np.sin(x / 3 + y / 5)
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


RGB = plain_rgb()
GREY = RGB[:, :, 0] // 2 + RGB[:, :, 1] // 2
ALPHA = RGB[:, :, 2]
RGBA = np.dstack([RGB, ALPHA])
RGB16 = RGB.astype(np.uint16) * 257
GREY16 = GREY.astype(np.uint16) * 257 + 3


def grey_of(bits: int) -> npt.NDArray[np.uint16]:
    """The grey picture as a camera of so many bits gives it."""
    return (GREY.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)


def rgb_of(bits: int) -> npt.NDArray[np.uint16]:
    return (RGB.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)


def notice(limit: int, bits: int) -> str:
    return (
        f"no sample above {limit} in a 16-bit picture: state its bit depth if white is less than 65535"
        f" ({bits} for a {bits}-bit camera, 16 for a picture that is only dark)"
    )

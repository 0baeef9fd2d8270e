"""Picture files as the server sees them (docs/inputs.md), with 8 bits a sample."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps

Samples = npt.NDArray[np.uint16]

# Tags of TIFF.
_NEW_SUBFILE_TYPE = 254
_SUBFILE_TYPE = 255
_BITS_PER_SAMPLE = 258
_PHOTOMETRIC = 262
_MAX_SAMPLE_VALUE = 281
_COLOR_MAP = 320
_EXTRA_SAMPLES = 338
_S_MAX_SAMPLE_VALUE = 341
#: Of NewSubfileType: a reduced version, a transparency mask.
_NO_FULL_PAGE = 1 | 4
#: Of SubfileType, its forerunner.
_REDUCED = 2
_WHITE_IS_ZERO = 0
#: Of ExtraSamples: an alpha that the colours were multiplied by.
_ASSOCIATED = 1
_PNG_SIGNATURE_BYTES = 8
#: Depths that a tag can state of samples of 16 bits.
_TAGGED_DEPTHS = range(9, 16)


def read(path: Path, bit_depth: int = 0, page: int = 0) -> Image.Image:
    """The upright picture, L or RGB; `bit_depth` and `page` as they were stated, 0 for nothing. Raises OSError or ValueError."""
    with Image.open(path) as image:
        _turn_to_page(image, page)
        _refuse_what_is_read_otherwise(image)
        samples = _deep_samples(image, path)
        if samples is None:
            return ImageOps.exif_transpose(image if image.mode in ("L", "RGB") else image.convert("RGB"))
        shown = Image.fromarray(_eight_bits(samples, bit_depth or _stated_depth(image, path, samples)))
        if image.format == "TIFF" and _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:
            shown = ImageOps.invert(shown)
        # Empty where loading has already turned it upright.
        shown.getexif().update(image.getexif())
        return ImageOps.exif_transpose(shown)


def _turn_to_page(image: Image.Image, page: int) -> None:
    """To the page that is named, else the first full one: where there are several the server wants one named."""
    if image.format != "TIFF":
        return
    if page > 0:
        image.seek(page - 1)
        return
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        if not (_tag(image, _NEW_SUBFILE_TYPE) or 0) & _NO_FULL_PAGE and _tag(image, _SUBFILE_TYPE) != _REDUCED:
            return
    raise ValueError("no page is a full picture")


def _refuse_what_is_read_otherwise(image: Image.Image) -> None:
    """What Pillow makes another picture of than the server: rather none than a wrong one."""
    if image.format != "TIFF":
        return
    if _tag(image, _EXTRA_SAMPLES) == _ASSOCIATED:
        raise ValueError("colours that were multiplied by their alpha are not read")
    largest = _tag(image, _COLOR_MAP)
    if image.mode == "P" and largest is not None and largest < 256:
        raise ValueError("a palette of 8 bits, where 16 are due, is not read")


def _tag(image: Image.Image, tag: int) -> Any:
    """Of a TIFF's page; of several values the largest."""
    value = image.tag_v2.get(tag)  # type: ignore[attr-defined]
    return max(value) if isinstance(value, tuple) else value


def _deep_samples(image: Image.Image, path: Path) -> Samples | None:
    """[height, width] or [height, width, 3], as they are stored; None where none has more than 8 bits."""
    if image.mode.startswith("I"):
        return np.asarray(image).astype(np.uint16)
    order = _byte_order(image)
    if order is None:
        return None
    # Pillow keeps one byte of a colour's two, the high one in the order that is named: the other order has the low one.
    high = np.asarray(image)[:, :, :3].astype(np.uint16)
    with Image.open(path) as again:
        assert isinstance(again, ImageFile.ImageFile)
        again.seek(image.tell())
        other_order = {"L": "B", "B": "L"}[order]
        again.tile = [_in_mode(tile, f"{again.mode};16{other_order}") for tile in again.tile]
        low = np.asarray(again)[:, :, :3]
    samples: Samples = high << 8 | low
    return samples


def _byte_order(image: Image.Image) -> str | None:
    """L or B, of a colour picture whose samples have 16 bits, of which Pillow keeps 8; None where they have 8."""
    rawmodes = {str(tile[3] if isinstance(tile[3], str) else tile[3][0]) for tile in getattr(image, "tile", ()) if tile[3]}
    orders = [match[1] for rawmode in rawmodes if (match := re.fullmatch(f"{image.mode};16([LBN])", rawmode))]
    if len(orders) == 1 and image.mode in ("RGB", "RGBA"):
        return str(orders[0]).replace("N", "L" if sys.byteorder == "little" else "B")
    if any(re.search(";16[LBN]$", rawmode) for rawmode in rawmodes) or _tiff_bits(image) > 8:
        raise ValueError(f"mode {image.mode} with 16 bits a sample, stored as {rawmodes}, is not read")
    return None


def _in_mode(tile: Any, rawmode: str) -> Any:
    values = (*tile[:3], rawmode if isinstance(tile[3], str) else (rawmode, *tile[3][1:]))
    return type(tile)(*values) if hasattr(tile, "_fields") else values


def _eight_bits(samples: Samples, bit_depth: int) -> npt.NDArray[np.uint8]:
    white = (1 << bit_depth) - 1
    return np.rint(np.minimum(samples, white) * (255 / white)).astype(np.uint8)


def _stated_depth(image: Image.Image, path: Path, samples: Samples) -> int:
    """The bit depth that the file states, else 16."""
    if image.format == "TIFF":
        return _tiff_depth(image)
    bits = _significant_bits(path) if image.format == "PNG" else 0
    return bits if bits in _TAGGED_DEPTHS and not _scaled_up(samples, bits) else 16


def _tiff_bits(image: Image.Image) -> int:
    return int(_tag(image, _BITS_PER_SAMPLE) or 1) if image.format == "TIFF" else 0


def _tiff_depth(image: Image.Image) -> int:
    stored = _tiff_bits(image)
    if stored == 16:
        for tag in (_MAX_SAMPLE_VALUE, _S_MAX_SAMPLE_VALUE):
            for depth in _TAGGED_DEPTHS:
                if _tag(image, tag) == (1 << depth) - 1:
                    return depth
    return stored


def _significant_bits(path: Path) -> int:
    """What a PNG's sBIT chunk states for all its colours alike; else 0."""
    for kind, data in _png_chunks(path):
        if kind == b"sBIT":
            colours = data[:3] if len(data) >= 3 else data[:1]
            return colours[0] if len(set(colours)) == 1 else 0
        if kind == b"IDAT":
            break
    return 0


def _png_chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    with path.open("rb") as file:
        file.seek(_PNG_SIGNATURE_BYTES)
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            yield kind, b"" if kind == b"IDAT" else file.read(size)
            file.seek(4, 1)


def _scaled_up(samples: Samples, bits: int) -> bool:
    """Whether all are samples of `bits` bits brought to 16, as PNG asks for: shifted, or in proportion."""
    values = np.unique(samples).astype(np.uint32)
    white = (1 << bits) - 1
    original = values >> (16 - bits)
    shifted = original << (16 - bits)
    repeated = shifted | original >> (2 * bits - 16)
    in_proportion = ((values * white + 32767) // 65535 * 65535 + white // 2) // white
    return bool(np.all((values == shifted) | (values == repeated) | (values == in_proportion)))

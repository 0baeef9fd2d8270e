"""JPEG, written by Pillow and imagecodecs (libjpeg-turbo). What is expected of colours is what Pillow reads."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from core.image.inputs.table import ALPHA, GREY, RGB, Read, Refused, Row, Samples, grey_of


def by_pillow(image: Image.Image, **how: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        image.save(file, "JPEG", **{"quality": 95, **how})
        return file.getvalue()

    return make


def by_imagecodecs(samples: Any, **how: Any) -> Callable[[], bytes]:
    return lambda: bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(samples), level=95, **how))


def read_by_pillow(make: Callable[[], bytes]) -> Samples:
    samples: Samples = np.asarray(Image.open(io.BytesIO(make())).convert("RGB"))
    return samples


def segments(file: bytes) -> list[tuple[int, bytes]]:
    """Marker and whole bytes of each segment, up to the start of the scan, which ends with the file."""
    found, position = [(0xD8, file[:2])], 2
    while True:
        marker = file[position + 1]
        if marker == 0xDA:
            return [*found, (marker, file[position:])]
        size = 2 + int(struct.unpack_from(">H", file, position + 2)[0])
        found.append((marker, file[position : position + size]))
        position += size


def without(make: Callable[[], bytes], *markers: int) -> Callable[[], bytes]:
    return lambda: b"".join(data for marker, data in segments(make()) if marker not in markers)


def with_adobe(make: Callable[[], bytes], transform: int) -> Callable[[], bytes]:
    """With Adobe's marker in JFIF's place."""
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])

    def change() -> bytes:
        kept = [data for marker, data in segments(make()) if marker not in (0xE0, 0xEE)]
        return kept[0] + adobe + b"".join(kept[1:])

    return change


def row(arrangement: str, make: Callable[[], bytes], expect: Read | Refused, **how: int) -> Row:
    return Row("JPEG", arrangement, make, expect, **how)


def as_pillow(arrangement: str, make: Callable[[], bytes], note: str = "", **how: int) -> Row:
    return row(arrangement, make, Read(read_by_pillow(make), tolerance=3, note=note), **how)


def refused(arrangement: str, make: Callable[[], bytes], what: str, **how: int) -> Row:
    return row(arrangement, make, Refused(f"JPEG file {what}"), **how)


def rows() -> list[Row]:
    rgb, grey = Image.fromarray(RGB), Image.fromarray(GREY)
    plain, ycck_source = by_pillow(rgb), np.dstack([RGB, ALPHA])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = by_pillow(Image.fromarray(np.ascontiguousarray(np.rot90(RGB, 1))), subsampling=0, exif=exif)
    standard = by_pillow(rgb, optimize=False)
    rows = [
        as_pillow("grey, baseline", by_pillow(grey)),
        as_pillow("grey, progressive", by_pillow(grey, progressive=True)),
    ]
    for number, name in ((0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")):
        for progressive in (False, True):
            kind = "progressive" if progressive else "baseline"
            rows.append(as_pillow(f"YCbCr {name}, {kind}", by_pillow(rgb, subsampling=number, progressive=progressive)))
    return rows + [
        as_pillow("restart markers", by_pillow(rgb, restart_marker_blocks=3)),
        as_pillow("Adobe transform 0, 3 components: RGB", by_pillow(rgb, keep_rgb=True), "taken as RGB"),
        as_pillow("Adobe transform 1, 3 components: YCbCr", with_adobe(plain, 1), "taken as YCbCr"),
        as_pillow("no JFIF, no Adobe marker, 3 components", without(plain, 0xE0), "taken as YCbCr"),
        as_pillow(
            "Adobe transform 0, 4 components: CMYK",
            by_pillow(rgb.convert("CMYK")),
            "as RGB, inks are stored turned as Adobe does; profiles are ignored",
        ),
        as_pillow(
            "Adobe transform 2, 4 components: YCCK",
            by_imagecodecs(ycck_source, colorspace="CMYK", outcolorspace="YCCK"),
            "as RGB, inks are stored turned as Adobe does",
        ),
        as_pillow("no Adobe marker, 4 components", without(by_pillow(rgb.convert("CMYK")), 0xEE), "as CMYK by Adobe"),
        as_pillow("a colour profile", by_pillow(rgb, icc_profile=bytes(200)), "ignored"),
        row(
            "EXIF orientation",
            turned,
            Read(np.rot90(read_by_pillow(turned), -1), tolerance=3, note="turned upright"),
        ),
        row(
            "no Huffman tables, as MJPEG cameras send it",
            without(standard, 0xC4),
            Read(read_by_pillow(standard), tolerance=3, note="read with the standard ones"),
        ),
        refused("12 bits", by_imagecodecs(grey_of(12), bitspersample=12), "has 12 bits a sample; 8 are read"),
        refused(
            "lossless",
            by_imagecodecs(RGB, lossless=True),
            "is lossless (SOF3); baseline, extended and progressive ones are read",
        ),
        refused(
            "2 components", by_imagecodecs(RGB[:, :, :2]), "has 2 components; 1 (grey), 3 (colour) and 4 (CMYK) are read"
        ),
        refused(
            "cut short",
            lambda: plain()[:-300],
            "is truncated: it ends before its end marker",
        ),
        row(
            "a bit depth stated",
            plain,
            Refused("bit depth 12 is stated for a picture of 8 bits a sample"),
            bit_depth=12,
        ),
    ]

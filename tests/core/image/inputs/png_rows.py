"""PNG, written by pypng, Pillow and imagecodecs."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import png
from PIL import Image, PngImagePlugin

from core.image.inputs.table import (
    ALPHA,
    GREY,
    GREY16,
    RGB,
    RGB16,
    RGBA,
    Read,
    Refused,
    Row,
    Samples,
    grey_of,
    notice,
    rgb_of,
)


def by_pypng(samples: Any, **how: Any) -> Callable[[], bytes]:
    """`samples`: [height, width] or [height, width, planes]."""

    def make() -> bytes:
        file = io.BytesIO()
        height, width = samples.shape[:2]
        how.setdefault("greyscale", "palette" not in how and (samples.ndim == 2 or samples.shape[2] == 2))
        how.setdefault("alpha", samples.ndim == 3 and samples.shape[2] in (2, 4))
        writer = png.Writer(width=width, height=height, **how)
        rows = samples.reshape(height, -1)
        if how.get("interlace"):
            writer.write_array(file, rows.ravel().tolist())
        else:
            writer.write(file, rows.tolist())
        return file.getvalue()

    return make


def with_chunk(make: Callable[[], bytes], kind: bytes, data: bytes) -> Callable[[], bytes]:
    """The file with a chunk behind its header."""

    def change() -> bytes:
        file = make()
        chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        return file[:33] + chunk + file[33:]

    return change


def by_pillow(image: Image.Image, **how: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        image.save(file, "PNG", **how)
        return file.getvalue()

    return make


def row(arrangement: str, make: Callable[[], bytes], expect: Read | Refused, **how: int) -> Row:
    return Row("PNG", arrangement, make, expect, **how)


def levels(samples: Any, bits: int) -> Samples:
    spread: Samples = (samples.astype(np.uint32) * 255 // (2**bits - 1)).astype(np.uint8)
    return spread


def plain_rows() -> list[Row]:
    rows = []
    for bits in (1, 2, 4):
        data = GREY >> (8 - bits)
        rows.append(
            row(
                f"grey, {bits} bit{'s' if bits > 1 else ''}",
                by_pypng(data, bitdepth=bits),
                Read(levels(data, bits), note="spread over 0 to 255"),
            )
        )
    for name, grey, rgb in (("8", GREY, RGB), ("16", GREY16, RGB16)):
        bits = int(name)
        alpha = ALPHA.astype(grey.dtype)
        for interlace, words in ((False, ""), (True, ", interlaced")):
            how = {"bitdepth": bits, "interlace": interlace}
            rows += [
                row(f"grey, {name} bits{words}", by_pypng(grey, **how), Read(grey)),
                row(f"RGB, {name} bits{words}", by_pypng(rgb, **how), Read(rgb)),
                row(
                    f"grey and alpha, {name} bits{words}",
                    by_pypng(np.dstack([grey, alpha]), **how),
                    Read(grey, note="alpha is dropped"),
                ),
                row(
                    f"RGB and alpha, {name} bits{words}",
                    by_pypng(np.dstack([rgb, alpha]), **how),
                    Read(rgb, note="alpha is dropped"),
                ),
            ]
    random = np.random.default_rng(0)
    for bits in (1, 2, 4, 8):
        indices = GREY >> (8 - bits)
        palette = random.integers(0, 256, (2**bits, 3))
        for interlace, words in ((False, ""), (True, ", interlaced")):
            rows.append(
                row(
                    f"palette, {bits} bit{'s' if bits > 1 else ''}{words}",
                    by_pypng(
                        indices, bitdepth=bits, palette=[tuple(c) for c in palette.tolist()], interlace=interlace
                    ),
                    Read(palette.astype(np.uint8)[indices], note="as RGB"),
                )
            )
    return rows


def chunk_rows() -> list[Row]:
    """What stands beside the pixels."""
    plain = by_pypng(RGB, bitdepth=8)
    colours = np.random.default_rng(1).integers(0, 256, (256, 3)).astype(np.uint8)
    see_through = [(*colour, int(alpha)) for colour, alpha in zip(colours.tolist(), range(256))]
    exif = Image.Exif()
    exif[0x0112] = 6
    srgb = PngImagePlugin.PngInfo()
    ignored = Read(RGB, note="ignored: samples are taken as they are stored")
    return [
        row("tRNS: a colour that is transparent, RGB", with_chunk(plain, b"tRNS", bytes(6)), Read(RGB, note="ignored")),
        row(
            "tRNS: a palette with alpha",
            by_pypng(GREY, bitdepth=8, palette=see_through),
            Read(colours[GREY], note="alpha is dropped"),
        ),
        row("gamma (gAMA 1.0)", with_chunk(plain, b"gAMA", struct.pack(">I", 100000)), ignored),
        row("primaries (cHRM)", with_chunk(plain, b"cHRM", struct.pack(">8I", *range(30000, 38000, 1000))), ignored),
        row("sRGB", with_chunk(plain, b"sRGB", b"\0"), ignored),
        row("cICP (BT.2100 PQ)", with_chunk(plain, b"cICP", bytes([9, 16, 0, 1])), ignored),
        row("a colour profile (iCCP)", by_pillow(Image.fromarray(RGB), icc_profile=bytes(200), pnginfo=srgb), ignored),
        row("a background (bKGD)", with_chunk(plain, b"bKGD", bytes(6)), ignored),
        row(
            "EXIF orientation (eXIf)",
            by_pillow(Image.fromarray(np.ascontiguousarray(np.rot90(RGB, 1))), exif=exif),
            Read(RGB, note="turned upright"),
        ),
        row(
            "an animated PNG",
            lambda: bytes(imagecodecs.apng_encode(np.stack([RGB, RGB[::-1], RGB[:, ::-1]]))),
            Read(RGB, note="its default picture, mostly the first frame"),
        ),
        row(
            "a default picture that is no frame of the animation",
            by_pillow(
                Image.fromarray(RGB),
                save_all=True,
                default_image=True,
                append_images=[Image.fromarray(np.ascontiguousarray(RGB[::-1]))] * 2,
            ),
            Read(RGB, note="the default picture"),
        ),
        row(
            "a chunk that is critical and unknown (CgBI)",
            with_chunk(plain, b"CgBI", bytes(4)),
            Refused("PNG file is damaged: CgBI: unhandled critical chunk"),
        ),
    ]


def depth_rows() -> list[Row]:
    rows = []
    for bits in (10, 12, 14):
        grey, rgb, white = grey_of(bits), rgb_of(bits), 2**bits - 1
        low = by_pypng(grey, bitdepth=16)
        rows += [
            row(
                f"grey, {bits} bits low in 16, nothing says so",
                low,
                Read(grey, notice=notice(white, bits), note="as 16 bits, with a notice"),
            ),
            row(f"grey, {bits} bits low in 16, bit depth {bits} stated", low, Read(grey, white), bit_depth=bits),
            row(f"grey, {bits} bits low in 16, sBIT {bits}", with_chunk(low, b"sBIT", bytes([bits])), Read(grey, white)),
            row(
                f"RGB, {bits} bits low in 16, sBIT {bits}",
                with_chunk(by_pypng(rgb, bitdepth=16), b"sBIT", bytes([bits] * 3)),
                Read(rgb, white),
            ),
            row(
                f"grey, {bits} bits scaled to 16, sBIT {bits}, as PNG asks for",
                by_pypng(grey, bitdepth=bits),
                Read(
                    np.round(grey * (65535 / white)).astype(np.uint16),
                    note="as 16 bits: all samples are ones of fewer bits scaled up",
                ),
            ),
            row(
                f"grey, {bits} bits shifted up in 16, sBIT {bits}",
                with_chunk(by_pypng(grey << (16 - bits), bitdepth=16), b"sBIT", bytes([bits])),
                Read(grey << (16 - bits)),
            ),
        ]
    over = np.minimum(GREY16, 4095).astype(np.uint16)
    over[3, 4] = 5001
    rows += [
        row(
            "a sample above the stated bit depth",
            by_pypng(over, bitdepth=16),
            Refused("sample in row 3, column 4 is 5001; the limit for bit depth 12 is 4095"),
            bit_depth=12,
        ),
        row(
            "a sample above sBIT, and not scaled up",
            with_chunk(by_pypng(over, bitdepth=16), b"sBIT", bytes([12])),
            Refused(
                "sample in row 3, column 4 is 5001; the limit for bit depth 12, which its sBIT chunk states, is 4095;"
                " state another depth if it is wrong"
            ),
        ),
        row(
            "a bit depth stated for 8 bits",
            by_pypng(GREY, bitdepth=8),
            Refused("bit depth 12 is stated for a picture of 8 bits a sample"),
            bit_depth=12,
        ),
        row(
            "page 2 named",
            by_pypng(GREY, bitdepth=8),
            Refused("picture has 1 page, as all but TIFF files; page 2 is asked for"),
            page=2,
        ),
    ]
    return rows


def rows() -> list[Row]:
    return [*plain_rows(), *depth_rows(), *chunk_rows()]

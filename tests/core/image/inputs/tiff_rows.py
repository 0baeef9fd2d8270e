"""TIFF: colour spaces, samples, planes, bits, compressions and pages. Written by tifffile and by Pillow (libtiff)."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import tifffile
from PIL import Image

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
    grey_of,
    notice,
    rgb_of,
)

Expect = Read | Refused


def by_tifffile(data: Any, **how: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        how.setdefault("metadata", None)
        tifffile.imwrite(file, data, **how)
        return file.getvalue()

    return make


def pages(*written: tuple[Any, dict[str, Any]]) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        with tifffile.TiffWriter(file) as tiff:
            for data, how in written:
                tiff.write(np.ascontiguousarray(data), metadata=None, **how)
        return file.getvalue()

    return make


def by_pillow(image: Image.Image, **how: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        image.save(file, "TIFF", **how)
        return file.getvalue()

    return make


def tag(code: int, kind: str, *values: int | float) -> tuple[int, str, int, Any, bool]:
    return (code, kind, len(values), values[0] if len(values) == 1 else values, True)


def retagged(make: Callable[[], bytes], code: int, value: int) -> Callable[[], bytes]:
    """The (little-endian, classic) file with another value of a SHORT tag in its first directory."""

    def change() -> bytes:
        file = bytearray(make())
        (position,) = struct.unpack_from("<I", file, 4)
        (entries,) = struct.unpack_from("<H", file, position)
        for entry in range(position + 2, position + 2 + 12 * entries, 12):
            if struct.unpack_from("<H", file, entry)[0] == code:
                struct.pack_into("<H", file, entry + 8, value)
                return bytes(file)
        raise AssertionError(f"there is no tag {code}")

    return change


def palette_file(indices: Any, entries: Any, bits: int) -> Callable[[], bytes]:
    """tifffile writes palettes of 256 entries only."""
    if bits == 8:
        return by_tifffile(indices, photometric="palette", colormap=entries)
    colormap = tag(320, "H", *(int(entry) for entry in entries.ravel()))
    return retagged(by_tifffile(indices, photometric=BLACK, bitspersample=bits, extratags=[colormap]), 262, 3)


def row(arrangement: str, make: Callable[[], bytes], expect: Expect, **how: int) -> Row:
    return Row("TIFF", arrangement, make, expect, **how)


def refused(arrangement: str, make: Callable[[], bytes], what: str, **how: int) -> Row:
    return row(arrangement, make, Refused(f"TIFF file has {what}"), **how)


BLACK, WHITE = "minisblack", "miniswhite"
GREY_ONLY = "1 is read, and alpha; colours must be marked as RGB"
LAB = "CIE Lab; grey, RGB, palette, YCbCr and CMYK are read"


def plain_rows() -> list[Row]:
    """Grey and RGB of 8 and 16 bits in every arrangement of their samples."""
    rows = []
    for name, data in (("8", GREY), ("16", GREY16)):
        rows.append(row(f"grey (MinIsBlack), {name} bits", by_tifffile(data, photometric=BLACK), Read(data)))
        rows.append(
            row(
                f"grey (MinIsWhite), {name} bits",
                by_tifffile(np.iinfo(data.dtype).max - data, photometric=WHITE),
                Read(data, note="turned: white is stored as 0"),
            )
        )
    for name, data in (("8", RGB), ("16", RGB16)):
        planes = np.moveaxis(data, 2, 0)
        rows.append(row(f"RGB, {name} bits", by_tifffile(data, photometric="rgb"), Read(data)))
        rows.append(
            row(
                f"RGB, {name} bits, a plane each (PlanarConfiguration 2)",
                by_tifffile(planes, photometric="rgb", planarconfig="separate"),
                Read(data),
            )
        )
        rows.append(
            row(f"RGB, {name} bits, tiles", by_tifffile(data, photometric="rgb", tile=(16, 32)), Read(data))
        )
        rows.append(
            row(
                f"RGB, {name} bits, tiles, a plane each",
                by_tifffile(planes, photometric="rgb", planarconfig="separate", tile=(16, 16)),
                Read(data),
            )
        )
        rows.append(
            row(
                f"RGB, {name} bits, strips of 7 rows",
                by_tifffile(data, photometric="rgb", rowsperstrip=7),
                Read(data),
            )
        )
        rows.append(
            row(f"RGB, {name} bits, big-endian", by_tifffile(data, photometric="rgb", byteorder=">"), Read(data))
        )
        rows.append(row(f"RGB, {name} bits, BigTIFF", by_tifffile(data, photometric="rgb", bigtiff=True), Read(data)))
    for code, kind in ((1, "associated"), (2, "unassociated"), (0, "unspecified")):
        rows.append(
            row(
                f"RGB and an extra sample, {kind}",
                by_tifffile(RGBA, photometric="rgb", extrasamples=(code,)),
                Read(RGB, note="the extra sample is dropped" + (", colours stay as stored" if code == 1 else "")),
            )
        )
    rows.append(
        row(
            "RGB and two extra samples",
            by_tifffile(np.dstack([RGBA, ALPHA]), photometric="rgb", extrasamples=(2, 0)),
            Read(RGB, note="the extra samples are dropped"),
        )
    )
    rows.append(
        row(
            "RGB and alpha, a plane each",
            by_tifffile(np.moveaxis(RGBA, 2, 0), photometric="rgb", planarconfig="separate", extrasamples=(2,)),
            Read(RGB, note="alpha is dropped"),
        )
    )
    for code, kind in ((1, "associated"), (2, "unassociated")):
        rows.append(
            row(
                f"grey and alpha, {kind}",
                by_tifffile(np.dstack([GREY, ALPHA]), photometric=BLACK, planarconfig="contig", extrasamples=(code,)),
                Read(GREY, note="alpha is dropped"),
            )
        )
    for orientation in (1, 2, 3, 4, 5, 6, 7, 8):
        upright = RGB
        stored = {
            1: upright,
            2: upright[:, ::-1],
            3: upright[::-1, ::-1],
            4: upright[::-1],
            5: upright.swapaxes(0, 1),
            6: np.rot90(upright, 1),
            7: upright[::-1, ::-1].swapaxes(0, 1),
            8: np.rot90(upright, -1),
        }[orientation]
        rows.append(
            row(
                f"Orientation {orientation}",
                by_tifffile(
                    np.ascontiguousarray(stored), photometric="rgb", extratags=[tag(274, "H", orientation)]
                ),
                Read(RGB, note="turned upright" if orientation > 1 else ""),
            )
        )
    return rows


def misfit_rows() -> list[Row]:
    """Samples that are not what their colour space has."""
    two, three, four = np.dstack([GREY, ALPHA]), RGB, RGBA
    contig = {"photometric": BLACK, "planarconfig": "contig"}

    def grey_of(count: int) -> str:
        return f"{count} samples a pixel in the colour space grey (MinIsBlack); {GREY_ONLY}"

    return [
        refused("2 samples marked as grey (MinIsBlack)", by_tifffile(two, **contig, extrasamples=(0,)), grey_of(2)),
        refused("3 samples marked as grey (MinIsBlack)", by_tifffile(three, **contig), grey_of(3)),
        refused(
            "3 samples marked as grey (MinIsBlack), a plane each",
            by_tifffile(np.moveaxis(three, 2, 0), photometric=BLACK, planarconfig="separate"),
            grey_of(3),
        ),
        refused("4 samples marked as grey (MinIsBlack)", by_tifffile(four, **contig), grey_of(4)),
        refused(
            "3 samples marked as grey (MinIsWhite)",
            by_tifffile(three, photometric=WHITE, planarconfig="contig"),
            f"3 samples a pixel in the colour space grey (MinIsWhite); {GREY_ONLY}",
        ),
        refused(
            "1 sample marked as RGB",
            retagged(by_tifffile(GREY, photometric=BLACK), 262, 2),
            "1 sample a pixel in the colour space RGB; 3 to 5 are read, the first 3 of them",
        ),
        refused(
            "6 samples marked as RGB",
            by_tifffile(np.dstack([RGB, RGB]), photometric="rgb", extrasamples=(0, 0, 0)),
            "6 samples a pixel in the colour space RGB; 3 to 5 are read, the first 3 of them",
        ),
    ]


def bit_rows() -> list[Row]:
    """Bits a sample, formats of samples, and what says how many bits are used."""
    rows = []
    for bits in (1, 2, 3, 4, 5, 6, 7):
        data = (GREY >> (8 - bits)).astype(np.uint8)
        levels = np.round(data.astype(float) * 255 / (2**bits - 1)).astype(np.uint8)
        rows.append(
            row(
                f"grey, {bits} bit{'s' if bits > 1 else ''} a sample",
                by_tifffile(data, photometric=BLACK, bitspersample=bits),
                Read(levels, note="spread over 0 to 255"),
            )
        )
    rows.append(
        row(
            "grey (MinIsWhite), 4 bits a sample",
            by_tifffile(15 - (GREY >> 4), photometric=WHITE, bitspersample=4),
            Read((GREY >> 4) * 17, note="spread over 0 to 255, turned"),
        )
    )
    for bits in (9, 10, 12, 14, 15):
        data, white = grey_of(bits), 2**bits - 1
        rows.append(
            row(
                f"grey, {bits} bits a sample, packed",
                by_tifffile(data, photometric=BLACK, bitspersample=bits),
                Read(data, white),
            )
        )
    rows.append(
        row(
            "grey (MinIsWhite), 12 bits a sample, packed",
            by_tifffile(4095 - grey_of(12), photometric=WHITE, bitspersample=12),
            Read(grey_of(12), 4095, note="turned"),
        )
    )
    rows.append(
        row(
            "RGB, 12 bits a sample, packed",
            by_tifffile(rgb_of(12), photometric="rgb", bitspersample=12),
            Read(rgb_of(12), 4095),
        )
    )
    for bits in (10, 12, 14):
        data, white = grey_of(bits), 2**bits - 1
        low = by_tifffile(data, photometric=BLACK)
        rows += [
            row(
                f"grey, {bits} bits low in 16, nothing says so",
                low,
                Read(data, notice=notice(white, bits), note="as 16 bits, with a notice"),
            ),
            row(f"grey, {bits} bits low in 16, bit depth {bits} stated", low, Read(data, white), bit_depth=bits),
            row(
                f"grey, {bits} bits low in 16, MaxSampleValue {white}",
                by_tifffile(data, photometric=BLACK, extratags=[tag(281, "H", white)]),
                Read(data, white),
            ),
            row(
                f"grey, {bits} bits low in 16, SMaxSampleValue {white}",
                by_tifffile(data, photometric=BLACK, extratags=[tag(341, "H", white)]),
                Read(data, white),
            ),
            row(
                f"grey, {bits} bits high in 16",
                by_tifffile(data << (16 - bits), photometric=BLACK),
                Read(data << (16 - bits)),
            ),
        ]
    high = GREY16.copy()
    high[3, 4] = 5000
    over = np.minimum(high, 4095).astype(np.uint16)
    over[3, 4] = 5000
    rows += [
        row(
            "RGB, 12 bits low in 16, MaxSampleValue 4095",
            by_tifffile(rgb_of(12), photometric="rgb", extratags=[tag(281, "H", 4095, 4095, 4095)]),
            Read(rgb_of(12), 4095),
        ),
        row(
            "grey (MinIsWhite), 12 bits low in 16, MaxSampleValue 4095",
            by_tifffile(4095 - grey_of(12), photometric=WHITE, extratags=[tag(281, "H", 4095)]),
            Read(grey_of(12), 4095, note="turned"),
        ),
        row(
            "grey, 16 bits, MaxSampleValue is what the picture reaches (3000)",
            by_tifffile(np.minimum(GREY16, 3000), photometric=BLACK, extratags=[tag(281, "H", 3000)]),
            Read(np.minimum(GREY16, 3000), notice=notice(4095, 12), note="as 16 bits, with a notice"),
        ),
        row(
            "grey, 16 bits, dark, bit depth 16 stated",
            by_tifffile(grey_of(12), photometric=BLACK),
            Read(grey_of(12)),
            bit_depth=16,
        ),
        row(
            "grey, 12 bits low in 16, MaxSampleValue 16383, bit depth 12 stated",
            by_tifffile(grey_of(12), photometric=BLACK, extratags=[tag(281, "H", 16383)]),
            Read(grey_of(12), 4095, note="what is stated goes before what the file says"),
            bit_depth=12,
        ),
        row(
            "a sample above the stated bit depth",
            by_tifffile(over, photometric=BLACK),
            Refused("sample in row 3, column 4 is 5000; the limit for bit depth 12 is 4095"),
            bit_depth=12,
        ),
        row(
            "a sample above MaxSampleValue",
            by_tifffile(over, photometric=BLACK, extratags=[tag(281, "H", 4095)]),
            Refused(
                "sample in row 3, column 4 is 5000; the limit for bit depth 12, which its MaxSampleValue states,"
                " is 4095; state another depth if it is wrong"
            ),
        ),
        row(
            "a bit depth stated for 8 bits",
            by_tifffile(GREY, photometric=BLACK),
            Refused("bit depth 12 is stated for a picture of 8 bits a sample"),
            bit_depth=12,
        ),
        row(
            "bit depth 14 stated for 12 bits, packed",
            by_tifffile(grey_of(12), photometric=BLACK, bitspersample=12),
            Refused("bit depth 14 is stated for a picture of 12 bits a sample"),
            bit_depth=14,
        ),
        row(
            "a bit depth that no sample has",
            by_tifffile(GREY16, photometric=BLACK),
            Refused("bit depth 17 is stated for the picture; 9 to 16 can be, 0 stands for what the file says"),
            bit_depth=17,
        ),
    ]
    for dtype, words in (
        ("int8", "signed samples of 8 bits"),
        ("int16", "signed samples of 16 bits"),
        ("int32", "signed samples of 32 bits"),
        ("float16", "floating-point samples of 16 bits"),
        ("float32", "floating-point samples of 32 bits"),
        ("float64", "floating-point samples of 64 bits"),
        ("complex64", "complex samples of 64 bits"),
    ):
        rows.append(
            refused(
                f"grey, {dtype}",
                by_tifffile((GREY / 2).astype(dtype), photometric=BLACK),
                f"{words}; unsigned ones are read",
            )
        )
    rows.append(
        refused(
            "grey, uint32",
            by_tifffile(GREY.astype(np.uint32), photometric=BLACK),
            "32 bits a sample in the colour space grey (MinIsBlack); 1 to 16 are read",
        )
    )
    return rows


def colour_rows() -> list[Row]:
    """Colour spaces other than grey and RGB."""
    rows = []
    random = np.random.default_rng(0)
    for bits in (1, 2, 4, 8):
        indices = (GREY >> (8 - bits)).astype(np.uint8)
        palette = random.integers(0, 256, (3, 2**bits)).astype(np.uint16)
        colours = palette.T.astype(np.uint8)[indices]
        for name, entries in (("v * 257", palette * 257), ("v * 256", palette * 256)):
            rows.append(
                row(
                    f"palette, {bits} bit{'s' if bits > 1 else ''}, entries {name}",
                    palette_file(indices, entries, bits),
                    Read(colours, note="as RGB"),
                )
            )
        if bits == 8:
            rows.append(
                row(
                    "palette, 8 bits, entries of 0 to 255",
                    by_tifffile(indices, photometric="palette", colormap=palette),
                    Read(colours, note="as RGB"),
                )
            )
    cmyk = Image.fromarray(RGB).convert("CMYK")
    rows += [
        refused(
            "palette, 16 bits",
            by_tifffile(
                GREY.astype(np.uint16), photometric="palette", colormap=np.zeros((3, 65536), np.uint16)
            ),
            "16 bits a sample in the colour space palette; 1 to 8 are read",
        ),
        row(
            "palette by Pillow",
            by_pillow(Image.fromarray(RGB).quantize(64)),
            Read(np.asarray(Image.fromarray(RGB).quantize(64).convert("RGB")), note="as RGB"),
        ),
        row(
            "CMYK, 8 bits",
            by_tifffile(np.asarray(cmyk), photometric="separated"),
            Read(RGB, tolerance=1, note="as RGB: (255 - ink) * (255 - black) / 255; profiles are ignored"),
        ),
        row(
            "CMYK, 8 bits, a plane each",
            by_tifffile(np.moveaxis(np.asarray(cmyk), 2, 0), photometric="separated", planarconfig="separate"),
            Read(RGB, tolerance=1, note="as RGB"),
        ),
        row(
            "CMYK and alpha, 8 bits",
            by_tifffile(np.dstack([np.asarray(cmyk), ALPHA]), photometric="separated", extrasamples=(2,)),
            Read(RGB, tolerance=1, note="as RGB, alpha is dropped"),
        ),
        refused(
            "CMYK, 16 bits",
            by_tifffile(np.asarray(cmyk).astype(np.uint16) * 257, photometric="separated"),
            "16 bits a sample in the colour space CMYK; 8 are read",
        ),
        refused(
            "inks that are not CMYK",
            by_tifffile(np.asarray(cmyk), photometric="separated", extratags=[tag(332, "H", 2)]),
            "inks that are not CMYK; grey, RGB, palette, YCbCr and CMYK are read",
        ),
        row(
            "YCbCr, JPEG",
            by_pillow(Image.fromarray(RGB).convert("YCbCr"), compression="jpeg", quality=100),
            Read(RGB, tolerance=60, mean_tolerance=4, note="as RGB"),
        ),
        refused("CIE Lab, 8 bits", by_pillow(Image.fromarray(RGB).convert("LAB")), f"the colour space {LAB}"),
        refused(
            "ICC Lab, 8 bits",
            by_tifffile(RGB, photometric="icclab"),
            "the colour space ICC Lab; grey, RGB, palette, YCbCr and CMYK are read",
        ),
        refused(
            "a camera's mosaic (CFA)",
            by_tifffile(GREY16, photometric="cfa", extratags=[tag(33421, "H", 2, 2), tag(33422, "B", 0, 1, 1, 2)]),
            "the colour space a camera's raw mosaic (CFA); grey, RGB, palette, YCbCr and CMYK are read",
        ),
        refused(
            "a camera's linear raw",
            by_tifffile(RGB16, photometric="linear_raw"),
            "the colour space a camera's linear raw; grey, RGB, palette, YCbCr and CMYK are read",
        ),
        refused(
            "LogLuv",
            by_tifffile(RGB16, photometric="logluv"),
            "the colour space LogLuv; grey, RGB, palette, YCbCr and CMYK are read",
        ),
        row(
            "DNG",
            by_tifffile(GREY16, photometric="cfa", extratags=[tag(50706, "B", 1, 4, 0, 0)]),
            Refused("picture is a DNG camera raw file; PNG, JPEG, BMP and TIFF files are read"),
        ),
    ]
    return rows


def compression_rows() -> list[Row]:
    rows = []
    for name, how in (
        ("LZW", {"compression": "lzw"}),
        ("LZW, predictor", {"compression": "lzw", "predictor": 2}),
        ("Deflate", {"compression": "zlib"}),
        ("Deflate, predictor", {"compression": "zlib", "predictor": 2}),
        ("PackBits", {"compression": "packbits"}),
        ("LZMA", {"compression": "lzma"}),
        ("Zstandard", {"compression": "zstd"}),
    ):
        rows.append(row(f"{name}, 8 bits", by_tifffile(RGB, photometric="rgb", **how), Read(RGB)))
        if name != "PackBits":
            rows.append(row(f"{name}, 16 bits", by_tifffile(RGB16, photometric="rgb", **how), Read(RGB16)))
    bilevel = Image.fromarray(GREY).convert("1")
    black_and_white = np.asarray(bilevel).astype(np.uint8) * 255
    for compression, name in (("tiff_ccitt", "CCITT RLE"), ("group3", "CCITT group 3"), ("group4", "CCITT group 4")):
        rows.append(
            row(
                f"{name}, 1 bit",
                by_pillow(bilevel, compression=compression),
                Read(black_and_white, note="as 8 bits"),
            )
        )
    smooth = {"tolerance": 40, "mean_tolerance": 3.0}
    rows += [
        row(
            "JPEG, RGB",
            by_tifffile(RGB, photometric="rgb", compression="jpeg", compressionargs={"level": 98}),
            Read(RGB, **smooth),
        ),
        row(
            "JPEG, grey",
            by_tifffile(GREY, photometric=BLACK, compression="jpeg", compressionargs={"level": 98}),
            Read(GREY, **smooth),
        ),
        row(
            "WebP, lossless",
            by_tifffile(RGB, photometric="rgb", compression="webp", compressionargs={"level": -1}),
            Read(RGB),
        ),
        row("LERC, lossless", by_tifffile(RGB, photometric="rgb", compression="lerc"), Read(RGB)),
        refused(
            "JPEG, 12 bits",
            by_tifffile(
                grey_of(12), photometric=BLACK, compression="jpeg", compressionargs={"level": 98}, bitspersample=12
            ),
            "12 bits a sample with JPEG compression; with it 8 are read",
        ),
    ]
    for name, code, how in (
        ("JPEG 2000", 34712, {"compression": "jpeg2000"}),
        ("JPEG XL", 50002, {"compression": "jpegxl"}),
        ("JPEG XR", 34934, {"compression": "jpegxr"}),
        ("PNG", 34933, {"compression": "png"}),
    ):
        rows.append(
            refused(
                name,
                by_tifffile(RGB, photometric="rgb", **how),
                f"{name} compression ({code}), which is not read",
            )
        )
    rows.append(
        refused(
            "old-style JPEG",
            retagged(by_tifffile(RGB, photometric="rgb", compression="jpeg"), 259, 6),
            "old-style JPEG compression (6), which is not read",
        )
    )
    rows.append(
        refused(
            "a compression that nobody knows",
            retagged(by_tifffile(RGB, photometric="rgb"), 259, 60000),
            "unknown compression (60000), which is not read",
        )
    )
    return rows


def page_rows() -> list[Row]:
    rgb = {"photometric": "rgb"}
    small, smaller = RGB[::2, ::2], RGB[:16, :16]
    full = (RGB, rgb)
    thumbnail = (small, {**rgb, "subfiletype": 1})
    mask = (GREY > 99, {"photometric": "mask", "subfiletype": 4})
    old_thumbnail = (small, {**rgb, "extratags": [tag(255, "H", 2)]})
    other = RGB[::-1]
    return [
        row("a thumbnail (NewSubfileType 1), then the picture", pages(thumbnail, full), Read(RGB)),
        row("the picture, then a thumbnail", pages(full, thumbnail), Read(RGB)),
        row("a thumbnail of the old kind (SubfileType 2), then the picture", pages(old_thumbnail, full), Read(RGB)),
        row("a transparency mask, then the picture", pages(mask, full), Read(RGB)),
        row(
            "a pyramid: the picture and reduced versions in SubIFDs",
            pages((RGB, {**rgb, "subifds": 2}), thumbnail, (smaller, {**rgb, "subfiletype": 1})),
            Read(RGB),
        ),
        row(
            "the picture in a SubIFD of its thumbnail",
            pages((small, {**rgb, "subfiletype": 1, "subifds": 1}), full),
            Read(RGB, note="SubIFDs are looked through when no page is a full one"),
        ),
        row("one page of several (NewSubfileType 2)", pages((RGB, {**rgb, "subfiletype": 2})), Read(RGB)),
        refused(
            "three full pages",
            pages(full, full, (other, rgb)),
            "3 full pages (1, 2, 3); name the page that is meant",
        ),
        refused(
            "two full pages and a thumbnail between them",
            pages(full, thumbnail, full),
            "2 full pages (1, 3); name the page that is meant",
        ),
        refused(
            "seven full pages",
            pages(*[full] * 7),
            "7 full pages (1, 2, 3, 4, 5, ...); name the page that is meant",
        ),
        row("three full pages, page 3 named", pages(full, full, (other, rgb)), Read(other), page=3),
        row("a thumbnail, page 1 named", pages(thumbnail, full), Read(small), page=1),
        refused(
            "three pages, page 4 named", pages(full, full, full), "3 pages; page 4 is asked for", page=4
        ),
        refused("one page, page 2 named", pages(full), "1 page; page 2 is asked for", page=2),
        refused(
            "thumbnails alone",
            pages(thumbnail, thumbnail),
            "no full page: each of its 2 is a reduced version or a mask",
        ),
        refused("a thumbnail alone", pages(thumbnail), "no full page: its only one is a reduced version or a mask"),
        refused(
            "two full pictures in SubIFDs of a thumbnail",
            pages((small, {**rgb, "subfiletype": 1, "subifds": 2}), full, full),
            "2 full pages, all of them in SubIFDs; one is read",
        ),
    ]


def rows() -> list[Row]:
    return [*plain_rows(), *misfit_rows(), *bit_rows(), *colour_rows(), *compression_rows(), *page_rows()]

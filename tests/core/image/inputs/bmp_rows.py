"""BMP. Pillow and imagecodecs write few of its arrangements: the others are put together here, and read by Pillow
as well where it can."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from core.image.inputs.table import GREY, RGB, RGBA, Read, Refused, Row

HEIGHT, WIDTH = GREY.shape
PALETTE = np.random.default_rng(2).integers(0, 256, (256, 3)).astype(np.uint8)


def padded(row: bytes) -> bytes:
    return row + bytes(-len(row) % 4)


def bmp(
    rows: list[bytes],
    bits: int,
    *,
    compression: int = 0,
    masks: tuple[int, ...] = (),
    palette: Any = None,
    header: int = 40,
    top_down: bool = False,
    pixels: bytes | None = None,
) -> bytes:
    """`rows`: from the top, unpadded. `pixels`: instead of them, as they stand in the file."""
    if pixels is None:
        pixels = b"".join(padded(row) for row in (rows if top_down else rows[::-1]))
    colours = b""
    if palette is not None:
        end = b"" if header == 12 else b"\0"
        colours = b"".join(bytes(int(v) for v in colour[::-1]) + end for colour in palette)
    if header == 12:
        info = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        height = -HEIGHT if top_down else HEIGHT
        used = 0 if palette is None else len(palette)
        info = struct.pack("<IiiHHIIiiII", header, WIDTH, height, 1, bits, compression, len(pixels), 0, 0, used, 0)
        mask_bytes = struct.pack(f"<{len(masks)}I", *masks)
        # The masks are the first fields of longer headers, and stand behind the shortest.
        info += mask_bytes if header == 40 else mask_bytes + bytes(header - 40 - len(mask_bytes))
    start = 14 + len(info) + len(colours)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + info + colours + pixels


def indexed_rows(bits: int) -> list[bytes]:
    per_byte = 8 // bits
    indices = GREY >> (8 - bits)
    packed = np.zeros((HEIGHT, WIDTH // per_byte), np.uint8)
    for i in range(per_byte):
        packed |= indices[:, i::per_byte] << (8 - bits * (i + 1))
    return [row.tobytes() for row in packed]


def field_rows(masks: tuple[int, ...], size: int) -> tuple[list[bytes], Any]:
    """Rows of pixels with the colours at `masks`, and the picture that they are."""
    pixel = np.zeros((HEIGHT, WIDTH), np.uint64)
    picture = np.zeros_like(RGB)
    for channel, mask in enumerate(masks[:3]):
        shift = (mask & -mask).bit_length() - 1
        top = mask >> shift
        value = RGB[:, :, channel].astype(np.uint64) * top // 255
        pixel |= value << np.uint64(shift)
        if top > 255:
            value, top = value >> np.uint64(top.bit_length() - 8), 255
        picture[:, :, channel] = np.round(value.astype(float) * 255 / top)
    if len(masks) > 3:
        pixel |= np.uint64(masks[3])
    dtype = "<u2" if size == 2 else "<u4"
    return [row.tobytes() for row in pixel.astype(dtype)], picture


def run_length8(indices: Any, *, jump: bool = False) -> bytes:
    """Runs for the even rows, pixels as they are for the odd ones. `jump`: the first row is left out by a move."""
    out = bytearray()
    for number, line in enumerate(indices[::-1].tolist()):
        if jump and number == 0:
            out += bytes([0, 2, 0, 1])
            continue
        if number % 2 == 0:
            x = 0
            while x < len(line):
                run = 1
                while x + run < len(line) and line[x + run] == line[x]:
                    run += 1
                out += bytes([run, line[x]])
                x += run
        else:
            out += bytes([0, len(line), *line]) + bytes(len(line) % 2)
        if not jump or number != 0:
            out += b"\0\0"
    return bytes(out) + b"\0\1"


def run_length4(indices: Any) -> bytes:
    """As above; a run of two colours in turn where it fits."""
    out = bytearray()
    for number, line in enumerate(indices[::-1].tolist()):
        if number % 2 == 0:
            for x in range(0, len(line), 2):
                out += bytes([2, line[x] << 4 | line[x + 1]])
        else:
            packed = bytes(line[x] << 4 | line[x + 1] for x in range(0, len(line), 2))
            out += bytes([0, len(line)]) + packed + bytes(len(packed) % 2)
        out += b"\0\0"
    return bytes(out) + b"\0\1"


def row(arrangement: str, make: Callable[[], bytes], expect: Read | Refused, **how: int) -> Row:
    return Row("BMP", arrangement, make, expect, **how)


def refused(arrangement: str, make: Callable[[], bytes], what: str) -> Row:
    return row(arrangement, make, Refused(f"BMP file {what}"))


def by_pillow(image: Image.Image) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        image.save(file, "BMP")
        return file.getvalue()

    return make


def rows() -> list[Row]:
    bgr = [line[:, ::-1].tobytes() for line in RGB]
    bgrx = [np.dstack([line[None, :, ::-1], np.full((1, WIDTH), 7, np.uint8)]).tobytes() for line in RGB]
    made = [
        row("24 bits by Pillow", by_pillow(Image.fromarray(RGB)), Read(RGB)),
        row("24 bits by imagecodecs", lambda: bytes(imagecodecs.bmp_encode(RGB)), Read(RGB)),
        row("8 bits grey by Pillow", by_pillow(Image.fromarray(GREY)), Read(GREY)),
        row("32 bits with alpha by Pillow", by_pillow(Image.fromarray(RGBA)), Read(RGB, note="alpha is dropped")),
        row("24 bits, from the top", lambda: bmp(bgr, 24, top_down=True), Read(RGB)),
        row("24 bits, OS/2 header (12 bytes)", lambda: bmp(bgr, 24, header=12), Read(RGB)),
        row("24 bits, OS/2 header (64 bytes)", lambda: bmp(bgr, 24, header=64), Read(RGB)),
        row("24 bits, V4 header", lambda: bmp(bgr, 24, header=108), Read(RGB)),
        row("24 bits, V5 header", lambda: bmp(bgr, 24, header=124), Read(RGB)),
        row("32 bits", lambda: bmp(bgrx, 32), Read(RGB, note="the fourth byte is dropped")),
        row("32 bits, from the top", lambda: bmp(bgrx, 32, top_down=True), Read(RGB)),
    ]
    for bits in (1, 4, 8):
        colours = PALETTE[: 2**bits]
        expect = Read(colours[GREY >> (8 - bits)], note="as RGB")
        for header, name in ((40, ""), (12, ", OS/2 header (12 bytes)"), (124, ", V5 header")):
            made.append(
                row(
                    f"palette, {bits} bit{'s' if bits > 1 else ''}{name}",
                    lambda bits=bits, colours=colours, header=header: bmp(  # type: ignore[misc]
                        indexed_rows(bits), bits, palette=colours, header=header
                    ),
                    expect,
                )
            )
    # The picture's own sixteen-bit fields, without masks.
    five, five_picture = field_rows((0x7C00, 0x03E0, 0x001F), 2)
    made.append(row("16 bits (555)", lambda: bmp(five, 16), Read(five_picture, note="spread over 0 to 255")))
    for name, bits, masks, header in (
        ("16 bits, masks 565", 16, (0xF800, 0x07E0, 0x001F), 40),
        ("16 bits, masks 565, V4 header", 16, (0xF800, 0x07E0, 0x001F, 0), 108),
        ("16 bits, masks 4444 with alpha", 16, (0x0F00, 0x00F0, 0x000F, 0xF000), 56),
        ("32 bits, masks BGRA, V5 header", 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 124),
        ("32 bits, masks RGBA", 32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF), 56),
        ("32 bits, masks of 10 bits", 32, (0x3FF00000, 0x000FFC00, 0x000003FF), 40),
    ):
        pixels, picture = field_rows(masks, bits // 8)
        note = "alpha is dropped" if len(masks) > 3 and masks[3] else "spread over 0 to 255"
        if "10 bits" in name:
            note = "the highest 8 bits of each"
        made.append(
            row(
                name,
                lambda pixels=pixels, bits=bits, masks=masks, header=header: bmp(  # type: ignore[misc]
                    pixels, bits, compression=3, masks=masks, header=header
                ),
                Read(picture, note=note),
            )
        )
    indices = GREY >> 4
    jumped = PALETTE[GREY].copy()
    jumped[-1] = PALETTE[0]
    wide = bytes([WIDTH + 1, 0]) + b"\0\1"
    return made + [
        row("RLE8", lambda: bmp([], 8, compression=1, palette=PALETTE, pixels=run_length8(GREY)), Read(PALETTE[GREY])),
        row(
            "RLE8 with a move",
            lambda: bmp([], 8, compression=1, palette=PALETTE, pixels=run_length8(GREY, jump=True)),
            Read(jumped, note="pixels that are passed over are the palette's first colour"),
        ),
        row(
            "RLE4",
            lambda: bmp([], 4, compression=2, palette=PALETTE[:16], pixels=run_length4(indices)),
            Read(PALETTE[:16][indices]),
        ),
        refused(
            "RLE8, a run beyond the row",
            lambda: bmp([], 8, compression=1, palette=PALETTE, pixels=wide),
            f"is damaged: its run-length codes leave the picture of {WIDTH}x{HEIGHT} px in row 0",
        ),
        refused(
            "RLE8, cut short",
            lambda: bmp([], 8, compression=1, palette=PALETTE, pixels=run_length8(GREY)[:400]),
            f"is truncated: its run-length codes end in row 4 of {HEIGHT}",
        ),
        refused(
            "RLE8, from the top",
            lambda: bmp([], 8, compression=1, palette=PALETTE, pixels=run_length8(GREY), top_down=True),
            "is damaged: it is run-length coded from the top",
        ),
        refused("a JPEG file inside", lambda: bmp(bgr, 0, compression=4), "holds a JPEG file; that is read by itself only"),
        refused("a PNG file inside", lambda: bmp(bgr, 0, compression=5), "holds a PNG file; that is read by itself only"),
        refused(
            "a mask with a gap",
            lambda: bmp(five, 16, compression=3, masks=(0xF000, 0x0505, 0x00F0)),
            "has the masks 0000f000, 00000505 and 000000f0 for red, green and blue; each must have bits, side by side"
            " and of its own",
        ),
        refused(
            "no masks",
            lambda: bmp(five, 16, compression=3, masks=(0, 0, 0)),
            "has the masks 00000000, 00000000 and 00000000 for red, green and blue; each must have bits, side by side"
            " and of its own",
        ),
        refused("2 bits", lambda: bmp(five, 2), "has 2 bits a pixel; 1, 4, 8, 16, 24 and 32 are read"),
        refused("64 bits", lambda: bmp(five, 64), "has 64 bits a pixel; 1, 4, 8, 16, 24 and 32 are read"),
        refused(
            "cut short",
            lambda: bmp(bgr, 24)[:-1],
            f"is truncated: it has {54 + 3 * WIDTH * HEIGHT - 1} bytes; its pixels end at {54 + 3 * WIDTH * HEIGHT}",
        ),
    ]

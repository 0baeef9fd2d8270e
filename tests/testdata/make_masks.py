"""Writes masks.json: mask files as labelling programs write them, and where they say that a picture is defective. Read by the tests of the
C++ client and of mlfsc-report.

Run with Pillow and numpy: python tests/testdata/make_masks.py
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 40, 56
DEFECT = np.zeros((HEIGHT, WIDTH), bool)
DEFECT[5:14, 8:30] = True
DEFECT[20:23, 40:41] = True
# For JPEG: the same at the borders of its blocks, so that nothing blurs.
BLOCKS = np.zeros((HEIGHT, WIDTH), bool)
BLOCKS[8:16, 16:32] = True

EXIF_TURNED = Image.Exif()
EXIF_TURNED[0x0112] = 6


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> str:
    out = io.BytesIO()
    image.save(out, format, **options)
    return base64.b64encode(out.getvalue()).decode()


def levels(background: int, defect: int, dtype: type = np.uint8, where: np.ndarray = DEFECT) -> Image.Image:
    return Image.fromarray(np.where(where, defect, background).astype(dtype))


def colours(background: tuple[int, ...], defect: tuple[int, ...], where: np.ndarray = DEFECT) -> Image.Image:
    return Image.fromarray(np.where(where[:, :, None], defect, background).astype(np.uint8))


def palette(background: int, defect: int, entries: list[tuple[int, int, int]]) -> Image.Image:
    image = Image.fromarray(np.where(DEFECT, defect, background).astype(np.uint8), "P")
    image.putpalette([level for entry in entries for level in entry])
    return image


def two_levels() -> Image.Image:
    pixels = np.zeros((96, 96), np.uint8)
    pixels[8:24, 8:24] = 250
    pixels[64:80, 64:80] = 60
    return Image.fromarray(pixels)


def classes() -> Image.Image:
    pixels = DEFECT.astype(np.uint8)
    pixels[5:8, 8:30] = 2
    return Image.fromarray(pixels)


BLACK, WHITE, RED, GREEN = (0, 0, 0), (255, 255, 255), (200, 0, 0), (0, 128, 0)

RIGHT: dict[str, tuple[str, np.ndarray]] = {
    "grey, 255": (encoded(levels(0, 255)), DEFECT),
    "grey, 127": (encoded(levels(0, 127)), DEFECT),
    "grey, 1": (encoded(levels(0, 1)), DEFECT),
    "class numbers": (encoded(classes()), DEFECT),
    "16 bits, 1": (encoded(levels(0, 1, np.uint16)), DEFECT),
    "16 bits, white": (encoded(levels(0, 65535, np.uint16)), DEFECT),
    "one bit": (encoded(levels(0, 255).convert("1")), DEFECT),
    "a label's colour": (encoded(colours(BLACK, (0, 250, 50))), DEFECT),
    "blue alone": (encoded(colours(BLACK, (0, 0, 1))), DEFECT),
    "palette of VOC": (encoded(palette(0, 2, [BLACK, (128, 0, 0), GREEN])), DEFECT),
    "palette whose label is black": (encoded(palette(0, 1, [BLACK, BLACK])), DEFECT),
    "palette on white": (encoded(palette(0, 1, [WHITE, RED])), DEFECT),
    "palette with a black entry that is not in use": (encoded(palette(0, 2, [WHITE, BLACK, RED])), DEFECT),
    "palette of two bits": (encoded(palette(0, 3, [BLACK, RED, GREEN, WHITE]), bits=2), DEFECT),
    "palette with transparency": (encoded(palette(0, 1, [BLACK, RED]), transparency=0), DEFECT),
    "opaque alpha": (encoded(colours((*BLACK, 255), (*WHITE, 255))), DEFECT),
    "even alpha": (encoded(colours((*BLACK, 100), (*WHITE, 100))), DEFECT),
    "alpha alone": (encoded(colours((*BLACK, 0), (*BLACK, 255))), DEFECT),
    "alpha of one level alone": (encoded(colours((*BLACK, 0), (*BLACK, 1))), DEFECT),
    "red on nothing": (encoded(colours((*WHITE, 0), (*RED, 255))), DEFECT),
    "half transparent red on black": (encoded(colours((*BLACK, 255), (*RED, 128))), DEFECT),
    "grey with alpha": (encoded(colours((0, 0), (0, 255))), DEFECT),
    "turned by EXIF": (encoded(levels(0, 1).transpose(Image.Transpose.ROTATE_90), exif=EXIF_TURNED), DEFECT),
    "BMP, grey": (encoded(levels(0, 1), "BMP"), DEFECT),
    "BMP, one bit": (encoded(levels(0, 255).convert("1"), "BMP"), DEFECT),
    "BMP, palette": (encoded(palette(0, 2, [BLACK, BLACK, GREEN]), "BMP"), DEFECT),
    "BMP, colour": (encoded(colours(BLACK, RED), "BMP"), DEFECT),
    "TIFF, grey": (encoded(levels(0, 1), "TIFF"), DEFECT),
    "TIFF, 16 bits": (encoded(levels(0, 1, np.uint16), "TIFF"), DEFECT),
    "TIFF, one bit": (encoded(levels(0, 255).convert("1"), "TIFF"), DEFECT),
    "TIFF, palette whose label is black": (encoded(palette(0, 1, [BLACK, BLACK]), "TIFF"), DEFECT),
    "JPEG, grey": (encoded(levels(0, 255, where=BLOCKS), "JPEG", quality=80), BLOCKS),
    "JPEG, dark": (encoded(levels(0, 40, where=BLOCKS), "JPEG", quality=80), BLOCKS),
    "nothing": (encoded(levels(0, 0)), DEFECT & False),
}

REFUSED: dict[str, tuple[str, str]] = {
    "palette whose entry 0 is white, on black": (encoded(palette(1, 0, [WHITE, BLACK])), "entry 0"),
    "BMP, palette whose entry 0 is white, on black": (encoded(palette(1, 0, [WHITE, BLACK]), "BMP"), "entry 0"),
    "JPEG, class numbers": (encoded(levels(0, 2, where=BLOCKS), "JPEG", quality=95), "save the mask as PNG"),
    "JPEG, two levels": (encoded(two_levels(), "JPEG", quality=90), "several levels"),
    "text": (base64.b64encode(b"no mask").decode(), "text that begins with"),
}


def main() -> None:
    shapes: dict[tuple[str, ...], int] = {}
    cases: list[dict[str, Any]] = []
    for name, (file, where) in RIGHT.items():
        rows = tuple("".join(".#"[bit] for bit in row) for row in where.astype(int))
        cases.append({"name": name, "file": file, "shape": shapes.setdefault(rows, len(shapes))})
    for name, (file, words) in REFUSED.items():
        cases.append({"name": name, "file": file, "error": words})
    about = "Made by make_masks.py. file: base64; shape: its number among shapes, rows with # where defective; error: words of the refusal."
    table = {"about": about, "shapes": list(shapes), "masks": cases}
    Path(__file__).with_name("masks.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""docs/inputs.md, made from the table of the tests.

    page.py --write    (in the environment of the tests, with PYTHONPATH=tests)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from core.image.inputs.rows import all_rows
from core.image.inputs.table import Read, Row

BEGINNING = """# What pictures are read

This page is written by `tests/core/image/inputs/page.py` from the table that the tests go through: each row is a file, made by Pillow, tifffile,
imagecodecs or pypng (or put together, where none of them writes such a file), and is read as the plain picture or refused with these words. A test
fails when the page and the table differ.

PNG, JPEG, BMP and TIFF files are read, and pixels as cameras deliver them (`RawPixels` in [the wire contract](../proto/mlfsc/v1/inspection.proto)).

- **White.** Samples of 8 and 16 bits are divided by 255 and 65,535. Cameras of 10, 12 and 14 bits write samples of 16: then white is 2^bits - 1,
  from the first of these that there is: the depth that is stated (`--bit-depth` of `mlfsc`, `bit_depth=` in Python, `Picture.bit_depth` on the
  wire, `RawPixels.bit_depth` of raw pixels); TIFF's BitsPerSample, MaxSampleValue and SMaxSampleValue, when they are the white of 9 to 15 bits; PNG's sBIT.
  A sample above white is an error. Where nothing states a depth and no sample is above 1,023, 4,095 or 16,383, the answer has a notice; `mlfsc` and
  Python warn once a run.
- **Pages.** Of a TIFF file the one page that is a full picture is read, wherever it stands: reduced versions (thumbnails, pyramids) and masks are passed
  over. Several full pages are refused unless one is named (`--page`, `page=`, `Picture.page`), counted from 1 over all pages of the file.
- **Colour.** Samples are taken as they are stored: gamma, profiles (ICC), cICP, primaries, ReferenceBlackWhite of RGB and rendering hints are ignored. A camera whose files differ
  in these only gives the same scores. Palettes, CMYK and YCbCr become RGB. Alpha and transparency are dropped, not blended; colours that were multiplied by
  alpha stay so.
- **Orientation** in EXIF and TIFF is applied; places in answers are those of the upright picture.
- **Sizes.** 16 to `--max_side` (8,192) pixels a side, at most `--max_message_bytes` (33 MB) a message. A float32 map above 256 MiB is refused before it is computed.
- **Arrays in Python** are uint8, uint16 (with `bit_depth=`) or floats in [0, 1]; values outside and other types raise.
- A file that is cut short or damaged is refused, never filled up.
"""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def stated(row: Row) -> str:
    said = [f"bit depth {row.bit_depth}" if row.bit_depth else "", f"page {row.page}" if row.page else ""]
    return ", ".join(word for word in said if word)


def outcome(row: Row) -> tuple[str, str]:
    """In a word, and the rest."""
    if not isinstance(row.expect, Read):
        return "refused", f"`{row.expect.message}`"
    read = row.expect
    said = [f"white is {read.white}" if read.white else "", read.note, f"notice: `{read.notice}`" if read.notice else ""]
    rest = "; ".join(word for word in said if word)
    return ("converted" if read.note else "read"), cell(rest)


def render() -> str:
    lines = [BEGINNING]
    heading = ""
    for row in all_rows():
        if row.format != heading:
            heading = row.format
            lines += [f"\n## {heading}\n", "| file | stated | what becomes of it | how, or the exact words |", "|---|---|---|---|"]
        word, rest = outcome(row)
        lines.append(f"| {cell(row.arrangement)} | {stated(row)} | {word} | {rest} |")
    return "\n".join(lines) + "\n"


def page() -> Path:
    return Path(os.environ.get("MLFSC_SOURCE", Path(__file__).parents[4])) / "docs/inputs.md"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    page().write_text(render(), encoding="utf-8")

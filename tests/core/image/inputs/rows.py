"""The whole table, each row with a name."""

from __future__ import annotations

import dataclasses
import functools
import re

from core.image.inputs import bmp_rows, jpeg_rows, other_rows, png_rows, tiff_rows
from core.image.inputs.table import Row


@functools.cache
def all_rows() -> tuple[Row, ...]:
    rows = []
    for module in (png_rows, jpeg_rows, bmp_rows, tiff_rows, other_rows):
        for row in module.rows():
            name = re.sub(r"[^A-Za-z0-9]+", "_", f"{row.format} {row.arrangement}").strip("_")
            rows.append(dataclasses.replace(row, id=name))
    names = [row.id for row in rows]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return tuple(rows)

"""Pictures to stand inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from mlfsc.report import masks, picture_file

#: Pixels of the longer side; the page shows them at half of that, sharp on fine screens and on paper.
SIDE = 480


def embedded(path: Path, bit_depth: int = 0, page: int = 0) -> str | None:
    """A small copy as a data URI; None when the file cannot be shown. `bit_depth`, `page`: see picture_file.read."""
    try:
        image = picture_file.read(path, bit_depth, page)
        image.thumbnail((SIDE, SIDE))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return _data_uri(image)


def embedded_masks(paths: Sequence[Path], orientation: int) -> str | None:
    """The union of a picture's masks, white where defective; None when one of them cannot be read."""
    try:
        image = Image.fromarray(masks.union(paths, orientation)).convert("L")
        # A thin defect stays visible.
        image = image.reduce(max(1, -(-max(image.size) // SIDE))).point(lambda level: 255 if level else 0)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return _data_uri(image)


def _data_uri(image: Image.Image) -> str:
    out = io.BytesIO()
    # What has few colours (a mask) stays exact.
    few = image.getcolors(maxcolors=16) is not None
    if few:
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=85)
    return f"data:image/{'png' if few else 'jpeg'};base64,{base64.b64encode(out.getvalue()).decode()}"

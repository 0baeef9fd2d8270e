"""Pictures to stand inside the page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image, ImageOps

#: Pixels of the longer side; the page shows them at half of that, sharp on fine screens and on paper.
SIDE = 480


def embedded(path: Path) -> str | None:
    """A small copy as a data URI; None when the file cannot be shown."""
    try:
        with Image.open(path) as opened:
            image = _eight_bits(ImageOps.exif_transpose(opened))
            image.thumbnail((SIDE, SIDE))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    # What has few colours (a mask) stays exact.
    few = image.getcolors(maxcolors=16) is not None
    if few:
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=85)
    return f"data:image/{'png' if few else 'jpeg'};base64,{base64.b64encode(out.getvalue()).decode()}"


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 257).convert("L")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")

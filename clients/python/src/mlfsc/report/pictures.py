"""Pictures to stand inside the page."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

from PIL import Image, ImageOps

#: Pixels of the longer side; the page shows them at half of that, sharp on fine screens and on paper.
SIDE = 480


def read(path: Path) -> Image.Image | None:
    """The upright picture, L or RGB; None when it is not one of 8 bits that Pillow reads as the server does. Raises OSError or ValueError."""
    with Image.open(path) as image:
        if not _is_plain(image):
            return None
        return ImageOps.exif_transpose(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def embedded(path: Path) -> str | None:
    """A small copy as a data URI; None when the file is none, or is not read."""
    try:
        image = read(path)
        if image is None:
            return None
        image.thumbnail((SIDE, SIDE))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return _data_uri(image)


def embedded_mask(path: Path) -> str | None:
    """The same of a picture that is black where nothing is defective: a thin defect stays visible."""
    try:
        with Image.open(path) as image:
            grey = image.convert("L")
        shown = grey.reduce(max(1, -(-max(grey.size) // SIDE))).point(lambda level: 255 if level else 0)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return _data_uri(shown)


def _is_plain(image: Image.Image) -> bool:
    rawmodes = [tile[3] if isinstance(tile[3], str) else tile[3][0] for tile in getattr(image, "tile", ()) if tile[3]]
    deep = any(re.search(";16[LBN]$", str(rawmode)) for rawmode in rawmodes)
    return image.format in ("BMP", "JPEG", "PNG") and image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") and not deep


def _data_uri(image: Image.Image) -> str:
    out = io.BytesIO()
    # What has few colours (a mask) stays exact.
    few = image.getcolors(maxcolors=16) is not None
    if few:
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=85)
    return f"data:image/{'png' if few else 'jpeg'};base64,{base64.b64encode(out.getvalue()).decode()}"

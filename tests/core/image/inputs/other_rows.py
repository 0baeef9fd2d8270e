"""Files that are none of the four formats: refused, by name where it is known."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from core.image.inputs.table import GREY, RGB, Refused, Row


def by_pillow(format: str, image: Image.Image | None = None, **how: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        (image or Image.fromarray(RGB)).save(file, format, **how)
        return file.getvalue()

    return make


def row(arrangement: str, make: Callable[[], bytes], what: str) -> Row:
    return Row("Other files", arrangement, make, Refused(f"picture is {what}; PNG, JPEG, BMP and TIFF files are read"))


def beginning(start: bytes) -> Callable[[], bytes]:
    """What a file of the format begins with."""
    return lambda: start + bytes(400)


def numpy_file() -> bytes:
    file = io.BytesIO()
    np.save(file, RGB)
    return file.getvalue()


def rows() -> list[Row]:
    grey = Image.fromarray(GREY)
    svg = b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'
    return [
        row("WebP", by_pillow("WEBP"), "a WebP file"),
        row("GIF", by_pillow("GIF"), "a GIF file"),
        row("PPM", by_pillow("PPM"), "a PPM file"),
        row("PPM as text", lambda: b"P3 1 1 255 1 2 3\n", "a PPM file"),
        row("PGM", by_pillow("PPM", grey), "a PGM file"),
        row("PBM", by_pillow("PPM", grey.convert("1")), "a PBM file"),
        row("PFM", by_pillow("PPM", grey.convert("F")), "a PFM file"),
        row("PAM", beginning(b"P7\nWIDTH 1\n"), "a PAM file"),
        row("JPEG 2000", by_pillow("JPEG2000"), "a JPEG 2000 file"),
        row("JPEG 2000 codestream", lambda: bytes(imagecodecs.jpeg2k_encode(RGB, codecformat="j2k")), "a JPEG 2000 file"),
        row("JPEG XL", lambda: bytes(imagecodecs.jpegxl_encode(RGB)), "a JPEG XL file"),
        row("JPEG XR", lambda: bytes(imagecodecs.jpegxr_encode(RGB)), "a JPEG XR file"),
        Row(
            "Other files",
            "JPEG-LS",
            lambda: bytes(imagecodecs.jpegls_encode(RGB)),
            Refused("JPEG file is a JPEG-LS one; baseline, extended and progressive ones are read"),
        ),
        row("AVIF", by_pillow("AVIF"), "an AVIF file"),
        row("HEIC", beginning(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "a HEIC file"),
        row("HEIF", beginning(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), "a HEIF file"),
        row("Photoshop", beginning(b"8BPS\0\1"), "a Photoshop file"),
        row("PDF", by_pillow("PDF"), "a PDF file"),
        row("PostScript", by_pillow("EPS"), "a PostScript file"),
        row("SVG", lambda: svg, "an SVG file"),
        row("OpenEXR", beginning(b"v/1\x01\2\0\0\0"), "an OpenEXR file"),
        row("Radiance HDR", lambda: bytes(imagecodecs.rgbe_encode(RGB.astype(np.float32))), "a Radiance HDR file"),
        row("DICOM", beginning(bytes(128) + b"DICM"), "a DICOM file"),
        row("FITS", beginning(b"SIMPLE  =                    T"), "a FITS file"),
        row("NumPy", numpy_file, "a NumPy file"),
        row("HDF5", beginning(b"\x89HDF\r\n\x1a\n"), "an HDF5 file"),
        row("Targa", by_pillow("TGA"), "a Targa file"),
        row("PCX", by_pillow("PCX"), "a PCX file"),
        row("SGI", by_pillow("SGI"), "an SGI file"),
        row("DDS", by_pillow("DDS"), "a DDS file"),
        row("icon", by_pillow("ICO"), "an icon file"),
        row("QOI", lambda: bytes(imagecodecs.qoi_encode(RGB)), "a QOI file"),
        row("CR2", beginning(b"II*\0\x10\0\0\0CR\x02\0"), "a Canon camera raw file (CR2)"),
        row("CR3", beginning(b"\0\0\0\x18ftypcrx \0\0\0\1"), "a Canon camera raw file (CR3)"),
        row("ORF", beginning(b"IIRO\x08\0\0\0"), "an Olympus camera raw file (ORF)"),
        row("RW2", beginning(b"IIU\0\x18\0\0\0"), "a Panasonic camera raw file (RW2)"),
        row("RAF", beginning(b"FUJIFILMCCD-RAW 0201"), "a Fujifilm camera raw file (RAF)"),
        row("MP4", beginning(b"\0\0\0\x18ftypisom"), "an MP4 or QuickTime file"),
        row("AVI", beginning(b"RIFF\0\0\0\0AVI LIST"), "an AVI file"),
        row("ZIP archive", beginning(b"PK\x03\x04"), "a ZIP archive"),
        row("gzip", beginning(b"\x1f\x8b\x08"), "a gzip file"),
        row("text", lambda: b"not a picture, but text", 'text that begins with "not a picture, b"'),
        row(
            "bytes",
            lambda: bytes(range(200, 256)),
            "of an unknown format that begins with the bytes c8 c9 ca cb cc cd ce cf",
        ),
        Row("Other files", "an empty file", lambda: b"", Refused("picture is empty (0 bytes)")),
    ]

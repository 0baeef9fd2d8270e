"""What becomes of a picture on its way to the wire."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlfsc.pictures import to_picture
from mlfsc.v1 import inspection_pb2 as pb


def test_files_are_sent_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    path.write_bytes(b"any bytes")
    for form in (path, str(path), b"any bytes", bytearray(b"any bytes"), memoryview(b"any bytes")):
        assert to_picture(form).encoded == b"any bytes"
    with pytest.raises(FileNotFoundError, match="gone.png"):
        to_picture(tmp_path / "gone.png")


@pytest.mark.parametrize(
    ("dtype", "sample_type"),
    [("<u1", pb.RawPixels.UINT8), ("<u2", pb.RawPixels.UINT16), (">u2", pb.RawPixels.UINT16), ("<f4", pb.RawPixels.FLOAT32)],
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4)])
def test_arrays_are_sent_little_endian_row_by_row(dtype: str, sample_type: int, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    raw = to_picture(array).raw
    assert (raw.height, raw.width, raw.channels) == (2, 3, shape[2] if len(shape) == 3 else 1)
    assert raw.sample_type == sample_type
    assert np.array_equal(np.frombuffer(raw.data, np.dtype(dtype).newbyteorder("<")), np.arange(np.prod(shape)))
    # The same when it is a view with gaps.
    assert to_picture(np.repeat(array, 2, axis=1)[:, ::2]).raw == raw


def test_bit_depth_is_of_arrays_only() -> None:
    assert to_picture(np.zeros((16, 16), np.uint16), bit_depth=12).raw.bit_depth == 12
    with pytest.raises(ValueError, match="bit_depth is 12"):
        to_picture(b"file", bit_depth=12)


@pytest.mark.parametrize("shape", [(16,), (16, 16, 2), (16, 16, 3, 1)])
def test_an_array_that_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="is no picture"):
        to_picture(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint32"])
def test_samples_without_a_known_white_are_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=dtype):
        to_picture(np.zeros((16, 16), dtype))


def test_doubles_become_floats() -> None:
    raw = to_picture(np.full((1, 1), 0.1)).raw
    assert np.frombuffer(raw.data, "<f4")[0] == np.float32(0.1)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4), ("1", 1), ("LA", 1), ("P", 3), ("CMYK", 3)])
def test_pillow_images_become_grey_or_rgb(mode: str, channels: int) -> None:
    raw = to_picture(Image.new(mode, (3, 2))).raw
    assert (raw.height, raw.width, raw.channels, raw.sample_type) == (2, 3, channels, pb.RawPixels.UINT8)


def test_pillow_images_of_16_bits_keep_them() -> None:
    image = Image.fromarray(np.full((2, 3), 1000, np.uint16))
    raw = to_picture(image, bit_depth=10).raw
    assert raw.sample_type == pb.RawPixels.UINT16
    assert list(np.frombuffer(raw.data, "<u2")) == [1000] * 6
    with pytest.raises(ValueError, match="mode F"):
        to_picture(Image.new("F", (3, 2)))


def test_pillow_images_are_set_upright() -> None:
    # A picture whose EXIF says that its first row is the right side.
    stored = Image.fromarray(np.array([[10, 20, 30]], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    stored.save(file, "PNG", exif=exif)
    raw = to_picture(Image.open(file)).raw
    assert (raw.height, raw.width, raw.data) == (3, 1, bytes([10, 20, 30]))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(TypeError, match="a list is no picture"):
        to_picture([1, 2])  # type: ignore[arg-type]

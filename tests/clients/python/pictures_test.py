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
    # Floats are in [0, 1].
    counted = np.arange(np.prod(shape)) / (32 if dtype == "<f4" else 1)
    array = counted.reshape(shape).astype(dtype)
    raw = to_picture(array).raw
    assert (raw.height, raw.width, raw.channels) == (2, 3, shape[2] if len(shape) == 3 else 1)
    assert raw.sample_type == sample_type
    assert np.array_equal(np.frombuffer(raw.data, np.dtype(dtype).newbyteorder("<")), counted)
    # The same when it is a view with gaps.
    assert to_picture(np.repeat(array, 2, axis=1)[:, ::2]).raw == raw


def test_a_bit_depth_goes_with_files_and_with_arrays_of_16_bits() -> None:
    assert to_picture(np.zeros((16, 16), np.uint16), bit_depth=12).raw.bit_depth == 12
    assert to_picture(b"file", bit_depth=12).bit_depth == 12
    with pytest.raises(ValueError, match="bit_depth is 12 for samples of type uint8; only uint16 ones have one"):
        to_picture(np.zeros((16, 16), np.uint8), bit_depth=12)
    for bit_depth in (-1, 8, 17):
        with pytest.raises(ValueError, match=f"bit_depth is {bit_depth}; it must be 9 to 16"):
            to_picture(b"file", bit_depth=bit_depth)


def test_a_page_is_of_files_only() -> None:
    assert to_picture(b"file", page=2).page == 2
    with pytest.raises(ValueError, match="page is 2; an array has none"):
        to_picture(np.zeros((16, 16), np.uint8), page=2)
    with pytest.raises(ValueError, match="page is -1; it must be 1 or more"):
        to_picture(b"file", page=-1)


@pytest.mark.parametrize(
    ("value", "words"), [(255.0, "255.0"), (-0.5, "-0.5"), (1.5, "1.5"), (np.nan, "nan"), (np.inf, "inf")]
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_outside_0_to_1_are_refused_by_place_and_value(value: float, words: str, dtype: str) -> None:
    array = np.full((16, 16, 3), 0.5, dtype)
    array[2, 3, 1] = value
    with pytest.raises(ValueError, match=rf"sample \[2, 3, 1\] is {words}.*; floats must be in \[0, 1\]"):
        to_picture(array)


def test_floats_that_rounding_took_out_of_0_to_1_are_sent() -> None:
    to_picture(np.full((16, 16), np.nextafter(np.float32(1), np.float32(2))))


def test_samples_above_the_bit_depth_are_refused_by_place_and_value() -> None:
    array = np.full((16, 16), 4095, np.uint16)
    array[5, 6] = 4096
    with pytest.raises(ValueError, match=r"sample \[5, 6\] is 4096; the limit for bit_depth 12 is 4095"):
        to_picture(array, bit_depth=12)


def test_integers_of_other_types_are_refused_with_their_range() -> None:
    with pytest.raises(ValueError, match="samples of type int64, -3 to 700, have no known white"):
        to_picture(np.array([[-3, 700]], np.int64))


def test_a_file_that_no_message_holds_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlfsc.pictures.MAX_PICTURE_BYTES", 8)
    (tmp_path / "large.png").write_bytes(b"123456789")
    with pytest.raises(ValueError, match="large.png: the file has 9 bytes; the limit is 8"):
        to_picture(tmp_path / "large.png")
    with pytest.raises(ValueError, match="the array has 9 bytes; the limit is 8"):
        to_picture(np.zeros((3, 3), np.uint8))


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

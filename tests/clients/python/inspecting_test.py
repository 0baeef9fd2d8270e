"""Scoring and heatmaps."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mlfsc
from clients.conftest import cloth


def png(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def test_a_hole_is_told_from_good_cloth(client: mlfsc.Client, category: str) -> None:
    good = client.score(category, cloth(100))
    bad = client.score(category, cloth(100, hole=True))
    assert good.verdict == mlfsc.Verdict.OK and not good.flagged and good.regions == ()
    assert bad.verdict == mlfsc.Verdict.NOK and bad.flagged
    assert bad.normalized_score > 0.5 > good.normalized_score
    worst = bad.regions[0]
    assert worst.x <= 60 < worst.x + worst.width and worst.y <= 30 < worst.y + worst.height
    assert (bad.category, bad.version, bad.picture_width, bad.picture_height) == (category, 1, 96, 96)
    assert [layer.layer for layer in bad.layers] == ["pixels"]
    assert bad.stage_times.total > 0


def test_every_form_of_a_picture_gets_the_same_score(client: mlfsc.Client, category: str, tmp_path: Path) -> None:
    pixels = cloth(7, hole=True)
    (tmp_path / "part.png").write_bytes(png(pixels))
    forms: list[mlfsc.PictureLike] = [
        tmp_path / "part.png",
        str(tmp_path / "part.png"),
        png(pixels),
        pixels,
        Image.fromarray(pixels),
        Image.open(tmp_path / "part.png"),
        np.dstack([pixels, np.zeros((96, 96), np.uint8)]),
    ]
    scores = {client.score(category, form).raw_score for form in forms}
    assert len(scores) == 1
    score = scores.pop()
    # The same brightness in other depths, up to rounding.
    assert client.score(category, pixels / 255).raw_score == pytest.approx(score, rel=1e-2)
    assert client.score(category, pixels.astype(np.uint16) * 257).raw_score == pytest.approx(score, rel=1e-2)
    twelve_bits = (pixels / 255 * 4095).round().astype(np.uint16)
    assert client.score(category, twelve_bits, bit_depth=12).raw_score == pytest.approx(score, rel=1e-2)


def test_a_heatmap_is_hottest_in_the_hole(client: mlfsc.Client, category: str) -> None:
    heatmap = client.heatmap(category, cloth(100, hole=True))
    assert heatmap.map.shape == (96, 96) and heatmap.map.dtype == np.float32
    y, x = (int(index) for index in np.unravel_index(heatmap.map.argmax(), heatmap.map.shape))
    worst = heatmap.inspection.regions[0]
    assert (x, y) == (worst.peak_x, worst.peak_y)
    assert math.hypot(x - 60, y - 30) < 8
    assert heatmap.map.max() == pytest.approx(worst.peak) and worst.peak > heatmap.region_threshold
    assert heatmap.scale_low < heatmap.scale_high
    assert heatmap.inspection.raw_score == client.score(category, cloth(100, hole=True)).raw_score
    heatmap.map[:] = 0  # The caller's own.


def test_heatmaps_are_drawn_over_the_picture_or_alone(client: mlfsc.Client, category: str) -> None:
    overlay = client.heatmap_picture(category, cloth(100, hole=True))
    alone = client.heatmap_picture(category, cloth(100, hole=True), style="color_map")
    assert overlay.image.size == alone.image.size == (96, 96)
    assert overlay.image.tobytes() != alone.image.tobytes()
    assert overlay.inspection.verdict == mlfsc.Verdict.NOK
    with pytest.raises(ValueError, match="'sepia'"):
        client.heatmap_picture(category, cloth(100), style="sepia")  # type: ignore[arg-type]


def test_errors_are_those_of_the_contract(client: mlfsc.Client, category: str) -> None:
    with pytest.raises(mlfsc.InvalidArgumentError, match="no picture at al"):
        client.score(category, b"no picture at all")
    with pytest.raises(mlfsc.NotFoundError, match="nothing-here"):
        client.score("nothing-here", cloth(0))
    with pytest.raises(mlfsc.NotFoundError, match="42"):
        client.score(category, cloth(0), version=42)
    with pytest.raises(mlfsc.InvalidArgumentError, match="8x8"):
        client.heatmap(category, np.zeros((8, 8), np.uint8))

"""Pictures as they really come, through a real server: bit depths, pages and sizes."""

from __future__ import annotations

import asyncio
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

import mlfsc
from clients.conftest import QUICK, StartServer, cloth

Samples = npt.NDArray[Any]


def grey(index: int) -> Samples:
    return cloth(index)[:, :, 0]


def deep(index: int) -> npt.NDArray[np.uint16]:
    """As a camera of 12 bits gives it."""
    return (grey(index).astype(np.uint32) * 4095 // 255).astype(np.uint16)


def tiff(path: Path, *pages: Samples, **how: Any) -> Path:
    with tifffile.TiffWriter(path) as writer:
        for page in pages:
            writer.write(np.ascontiguousarray(page), photometric="minisblack", metadata=None, **how)
    return path


@pytest.fixture(scope="module")
def camera(client: mlfsc.Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A category learnt from files of 12 bits low in 16."""
    folder = tmp_path_factory.mktemp("camera")
    client.train("camera", [tiff(folder / f"{i}.tif", deep(i)) for i in range(8)], options=QUICK, bit_depth=12)
    return "camera"


def test_twelve_bits_in_sixteen_score_as_the_picture_of_eight(
    client: mlfsc.Client, camera: str, tmp_path: Path
) -> None:
    want = client.score(camera, grey(20)).raw_score
    stated = client.score(camera, tiff(tmp_path / "low.tif", deep(20)), bit_depth=12).raw_score
    tagged = client.score(
        camera, tiff(tmp_path / "tagged.tif", deep(20), extratags=[(281, "H", 1, 4095, True)])
    ).raw_score
    packed = client.score(camera, tiff(tmp_path / "packed.tif", deep(20), bitspersample=12)).raw_score
    pixels = client.score(camera, deep(20), bit_depth=12).raw_score
    # Levels of 12 bits against those of 8: a step of 8 bits is 1/255.
    assert [stated, tagged, packed, pixels] == pytest.approx([want] * 4, rel=0.03)
    assert stated == tagged == packed == pixels


def test_heatmaps_take_the_bit_depth_too(client: mlfsc.Client, camera: str, tmp_path: Path) -> None:
    path = tiff(tmp_path / "low.tif", deep(20))
    assert (
        client.heatmap(camera, path, bit_depth=12).inspection.raw_score
        == client.heatmap_picture(camera, path, bit_depth=12).inspection.raw_score
        == client.score(camera, path, bit_depth=12).raw_score
    )


@pytest.mark.parametrize("kind", ["sync", "asyncio"])
def test_a_picture_whose_depth_nothing_states_is_a_warning_once_a_client(
    server: str, camera: str, tmp_path: Path, kind: str
) -> None:
    paths = [tiff(tmp_path / f"{i}.tif", deep(i)) for i in (20, 21)]

    def blocking() -> list[mlfsc.Inspection]:
        with mlfsc.Client(server) as client:
            return [client.score(camera, path) for path in paths]

    async def awaiting() -> list[mlfsc.Inspection]:
        async with mlfsc.AsyncClient(server) as client:
            return [await client.score(camera, path) for path in paths]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = blocking() if kind == "sync" else asyncio.run(awaiting())
    told = [str(warning.message) for warning in caught if warning.category is mlfsc.PictureWarning]
    assert len(told) == 1
    assert told[0].startswith(f"{paths[0]}: no sample above 4095 in a 16-bit picture")
    assert all(answer.notice.startswith("no sample above 4095") for answer in answers)


def test_a_training_warns_with_the_name_of_the_first(client: mlfsc.Client, server: str, tmp_path: Path) -> None:
    paths = [tiff(tmp_path / "bright.tif", grey(0)), *(tiff(tmp_path / f"{i}.tif", deep(i)) for i in range(3))]
    with mlfsc.Client(server) as fresh, pytest.warns(mlfsc.PictureWarning, match="0.tif: no sample above 4095"):
        result = fresh.train("dark", paths, options=QUICK)
    (notice,) = result.picture_notices
    assert (notice.picture, notice.pictures) == (1, 3)


def test_a_sample_above_the_stated_depth_is_named(client: mlfsc.Client, camera: str, tmp_path: Path) -> None:
    picture = deep(20)
    picture[5, 6] = 5000
    with pytest.raises(mlfsc.InvalidArgumentError, match="row 5, column 6 is 5000; the limit for bit depth 12 is 4095"):
        client.score(camera, tiff(tmp_path / "high.tif", picture), bit_depth=12)


def test_a_page_can_be_named(client: mlfsc.Client, category: str, tmp_path: Path) -> None:
    path = tiff(tmp_path / "pages.tif", grey(1), grey(2))
    with pytest.raises(mlfsc.InvalidArgumentError, match=r"TIFF file has 2 full pages \(1, 2\)"):
        client.score(category, path)
    assert client.score(category, path, page=2).raw_score == client.score(category, grey(2)).raw_score


@pytest.fixture(scope="module")
def narrow(start_server: StartServer) -> Iterator[str]:
    """A server that takes little."""
    with start_server("--max_message_bytes=65536") as address:
        with mlfsc.Client(address) as client:
            client.train("cloth", [cloth(i) for i in range(4)], options=QUICK)
        yield address


@pytest.mark.parametrize("kind", ["sync", "asyncio"])
@pytest.mark.parametrize("method", ["score", "heatmap", "heatmap_picture", "train", "recalibrate"])
def test_a_picture_above_the_servers_limit_is_named(narrow: str, tmp_path: Path, kind: str, method: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    Image.fromarray(noise).save(large)
    Image.fromarray(cloth(0)).save(small)
    what = [small, large, small] if method in ("train", "recalibrate") else large

    options = {"options": QUICK} if method == "train" else {}

    async def awaiting() -> None:
        async with mlfsc.AsyncClient(narrow) as client:
            await getattr(client, method)("cloth", what, **options)

    def call() -> None:
        if kind == "asyncio":
            return asyncio.run(awaiting())
        with mlfsc.Client(narrow) as client:
            getattr(client, method)("cloth", what, **options)

    words = rf"^{large}: the picture makes a message of \d+ bytes; the limit of the server is 65536 \(--max_message_bytes\)"
    with pytest.raises(mlfsc.ResourceExhaustedError, match=words):
        while True:
            try:
                call()
                break
            # The server has not yet noticed the end of the last one.
            except mlfsc.AlreadyExistsError:
                continue


def test_a_picture_in_memory_above_the_servers_limit_is_told(narrow: str) -> None:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)).save(file, "PNG")
    with mlfsc.Client(narrow) as client:
        for picture in (file.getvalue(), np.zeros((200, 200, 3), np.uint8)):
            with pytest.raises(mlfsc.ResourceExhaustedError, match="^the picture makes a message of"):
                client.score("cloth", picture)

"""Export, import and recalibration through both clients, on the real server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

import mlfsc
from clients.conftest import QUICK, Pixels, cloth


class Do(Protocol):
    def __call__(self, method: str, *arguments: Any, **keywords: Any) -> Any: ...


@pytest.fixture(params=["sync", "asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which client; also what a test may call a category of its own."""
    return str(request.param)


@pytest.fixture
def do(kind: str, server: str) -> Do:
    """Calls a method of a client of that kind."""

    def blocking(method: str, *arguments: Any, **keywords: Any) -> Any:
        with mlfsc.Client(server) as client:
            return getattr(client, method)(*arguments, **keywords)

    async def awaiting(method: str, *arguments: Any, **keywords: Any) -> Any:
        async with mlfsc.AsyncClient(server) as client:
            return await getattr(client, method)(*arguments, **keywords)

    def run(method: str, *arguments: Any, **keywords: Any) -> Any:
        return asyncio.run(awaiting(method, *arguments, **keywords))

    return blocking if kind == "sync" else run


@pytest.fixture
def bundle(do: Do, category: str, tmp_path: Path) -> Path:
    """The category `cloth` as a file."""
    path = tmp_path / "cloth.safetensors"
    assert do("export_category", category, path) == path.stat().st_size
    return path


def test_what_was_exported_scores_the_same_where_it_is_imported(
    do: Do, kind: str, client: mlfsc.Client, category: str, bundle: Path
) -> None:
    name = f"travelled-{kind}"
    with bundle.open("rb") as file:
        for version, source in enumerate((bundle, bundle.read_bytes(), file), start=1):
            imported = do("import_category", source, category=name)
            assert (imported.category, imported.version.version) == (name, version)
            assert client.get_category(name).active_version == version
            for picture in (cloth(50), cloth(51, hole=True)):
                assert client.score(name, picture).raw_score == client.score(category, picture).raw_score
    original = client.get_category(category).versions[0]
    assert imported.version.calibration == original.calibration and imported.version.options == original.options


def test_an_export_is_of_the_version_that_is_asked_for(do: Do, kind: str, client: mlfsc.Client, good: list[Pixels]) -> None:
    name = f"two-versions-{kind}"
    client.train(name, good, options=QUICK)
    client.set_threshold(name, threshold=123.0, keep_active=True)
    active, moved = io.BytesIO(), io.BytesIO()
    assert do("export_category", name, active) == len(active.getvalue())
    do("export_category", name, moved, version=2)
    # Without a name it is the category that it was.
    imported = do("import_category", moved.getvalue(), keep_active=True)
    assert (imported.category, imported.version.version) == (name, 3)
    assert imported.version.calibration.threshold == pytest.approx(123.0)
    assert client.get_category(name).active_version == 1
    do("import_category", active.getvalue())
    versions = client.get_category(name).versions
    assert versions[3].calibration.threshold == versions[0].calibration.threshold


def test_what_cannot_be_exported_leaves_no_file(do: Do, category: str, tmp_path: Path) -> None:
    with pytest.raises(mlfsc.NotFoundError, match="nothing-here"):
        do("export_category", "nothing-here", tmp_path / "file")
    with pytest.raises(mlfsc.NotFoundError, match="42"):
        do("export_category", category, tmp_path / "file", version=42)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_adds_nothing(do: Do, kind: str, client: mlfsc.Client, bundle: Path) -> None:
    whole = bundle.read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for damaged in (bytes(flipped), whole[:-8], b"", b"no bundle at all"):
        with pytest.raises((mlfsc.InvalidArgumentError, mlfsc.DataLossError)):
            do("import_category", damaged, category=f"damaged-{kind}")
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category(f"damaged-{kind}")
    with pytest.raises(mlfsc.InvalidArgumentError, match="no/name"):
        do("import_category", whole, category="no/name")


def test_a_source_that_breaks_off_adds_nothing(do: Do, kind: str, client: mlfsc.Client, bundle: Path) -> None:
    class Unplugged(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise OSError("the stick was pulled out")
            return super().read(min(size or 1000, 1000))

    with pytest.raises(OSError, match="the stick was pulled out"):
        do("import_category", Unplugged(bundle.read_bytes()), category=f"unplugged-{kind}")
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category(f"unplugged-{kind}")


def test_recalibration_moves_the_limits_and_nothing_else(
    do: Do, kind: str, client: mlfsc.Client, good: list[Pixels]
) -> None:
    name = f"recalibrated-{kind}"
    learnt = client.train(name, good, options=QUICK).version
    # Good product of another day: noisier.
    others = [cloth(200 + i).astype(int) + 12 * (i % 3) for i in range(6)]
    pictures: list[mlfsc.PictureLike] = [picture.clip(0, 255).astype("uint8") for picture in others]
    heard: list[mlfsc.TrainProgress] = []
    result = do("recalibrate", name, pictures, on_progress=heard.append)
    assert (result.version.version, result.pictures_skipped) == (2, 0)
    assert result.version.calibration.pictures == len(pictures)
    assert result.version.calibration.threshold != learnt.calibration.threshold
    assert result.version.options == learnt.options
    assert heard and mlfsc.Phase.LEARNING not in {progress.phase for progress in heard}
    assert client.get_category(name).active_version == 2
    first, second = (client.score(name, cloth(300), version=version) for version in (1, 2))
    assert first.raw_score == second.raw_score
    assert second.threshold == pytest.approx(result.version.calibration.threshold)

    kept = do("recalibrate", name, [*pictures, b"no picture"], version=1, skip_bad_pictures=True, keep_active=True)
    assert (kept.version.version, kept.pictures_skipped) == (3, 1)
    # The same pictures from the same version: the same limits.
    assert kept.version.calibration == result.version.calibration
    assert client.get_category(name).active_version == 2


def test_a_recalibration_that_fails_leaves_no_version(do: Do, kind: str, client: mlfsc.Client, good: list[Pixels]) -> None:
    name = f"not-recalibrated-{kind}"
    client.train(name, good, options=QUICK)
    with pytest.raises(mlfsc.InvalidArgumentError, match="picture 1"):
        do("recalibrate", name, [cloth(0), b"no picture"])
    with pytest.raises(mlfsc.NotFoundError, match="42"):
        do("recalibrate", name, good, version=42)
    with pytest.raises(mlfsc.NotFoundError, match="nothing-here"):
        do("recalibrate", "nothing-here", good)
    assert [version.version for version in client.get_category(name).versions] == [1]


def test_recalibration_takes_pictures_as_they_come(
    kind: str, server: str, client: mlfsc.Client, good: list[Pixels]
) -> None:
    name = f"camera-{kind}"
    client.train(name, good, options=QUICK)

    def camera() -> Iterator[Pixels]:
        yield from (cloth(400 + i) for i in range(4))

    async def slow_camera() -> AsyncIterator[Pixels]:
        for picture in camera():
            await asyncio.sleep(0)
            yield picture

    async def recalibrate() -> mlfsc.TrainResult:
        async with mlfsc.AsyncClient(server) as many:
            return await many.recalibrate(name, slow_camera())

    result = client.recalibrate(name, camera()) if kind == "sync" else asyncio.run(recalibrate())
    assert result.version.calibration.pictures == 4

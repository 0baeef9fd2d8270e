"""The asyncio client: the same as the synchronous one, as far as the loop lets it be."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import mlfsc
from clients.conftest import QUICK, UNHURRIED, Pixels, cloth


def test_both_clients_have_the_same_methods() -> None:
    def public(kind: type) -> dict[str, list[str]]:
        functions = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(f).parameters) for name, f in functions if not name.startswith("_")}

    assert public(mlfsc.AsyncClient) == public(mlfsc.Client)


def test_many_pictures_at_once_get_the_answers_of_one_by_one(server: str, client: mlfsc.Client, category: str) -> None:
    pictures = [cloth(i, hole=i % 2 == 1) for i in range(20)]

    async def score() -> list[mlfsc.Inspection]:
        async with mlfsc.AsyncClient(server) as many:
            return await asyncio.gather(*(many.score(category, picture) for picture in pictures))

    scores = [inspection.raw_score for inspection in asyncio.run(score())]
    assert scores == [client.score(category, picture).raw_score for picture in pictures]


def test_heatmaps_categories_and_health(server: str, client: mlfsc.Client, category: str) -> None:
    async def look() -> None:
        async with mlfsc.AsyncClient(server) as many:
            found = await many.heatmap(category, cloth(100, hole=True))
            assert (found.map == client.heatmap(category, cloth(100, hole=True)).map).all()
            assert (await many.heatmap_picture(category, cloth(0), style="color_map")).image.size == (96, 96)
            assert await many.get_category(category) == client.get_category(category)
            assert await many.health(category) == mlfsc.Health.SERVING
            assert await many.health("nothing-here") == mlfsc.Health.UNKNOWN
            with pytest.raises(mlfsc.NotFoundError, match="nothing-here"):
                await many.score("nothing-here", cloth(0))

    asyncio.run(look())


def test_a_training_takes_pictures_as_they_come(server: str, good: list[Pixels]) -> None:
    async def camera() -> AsyncIterator[Pixels]:
        for picture in good:
            await asyncio.sleep(0)
            yield picture

    async def train() -> list[mlfsc.TrainProgress]:
        heard: list[mlfsc.TrainProgress] = []
        async with mlfsc.AsyncClient(server) as many:
            result = await many.train("aio", camera(), options=UNHURRIED, on_progress=heard.append)
            assert result.version.pictures == len(good)
            again = await many.train("aio", good, options=QUICK)
            assert (await many.activate_version("aio", 1)).active_version == 1
            assert [v.version for v in (await many.delete_version("aio", again.version.version)).versions] == [1]
        return heard

    assert mlfsc.Phase.LEARNING in {progress.phase for progress in asyncio.run(train())}


def test_a_picture_that_cannot_be_read_ends_a_training_with_its_own_error(
    server: str, good: list[Pixels], tmp_path: Path
) -> None:
    async def train() -> None:
        async with mlfsc.AsyncClient(server) as many:
            with pytest.raises(FileNotFoundError, match="gone.png"):
                await many.train("aio-unread", [*good, tmp_path / "gone.png"], options=QUICK)
            with pytest.raises(mlfsc.NotFoundError):
                await many.get_category("aio-unread")

    asyncio.run(train())


def test_a_cancelled_task_cancels_its_training(server: str, good: list[Pixels]) -> None:
    async def train() -> None:
        begun = asyncio.Event()

        async def pictures() -> AsyncIterator[Pixels]:
            for picture in good:
                yield picture
            begun.set()
            await asyncio.Event().wait()

        async with mlfsc.AsyncClient(server) as many:
            task = asyncio.create_task(many.train("aio-cancelled", pictures(), options=QUICK))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(mlfsc.NotFoundError):
                await many.get_category("aio-cancelled")

    asyncio.run(train())

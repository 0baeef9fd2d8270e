"""Requests that must be answered right, whatever happened before, and what the right answers are."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from faults.server import Server
from faults.tally import Tally
from mlfsc.v1 import inspection_pb2 as pb

# The network's, and grey values alone; both are learnt in a blink.
QUICK = {
    "cloth": pb.CategoryOptions(input_size=128, epochs=1),
    "felt": pb.CategoryOptions(
        feature_source=pb.PIXELS, input_size=128, patch_size=8, stride=4, atoms=8, epochs=1
    ),
}


def cloth(index: int, *, hole: bool = False, side: int = 96) -> bytes:
    """A PNG of a woven texture; with a hole, its weave is flat around (60, 30)."""
    random = np.random.default_rng(index)
    y, x = np.mgrid[0:side, 0:side].astype(float)
    phase = random.uniform(0, 2 * np.pi, 2)
    weave = 128 + 40 * np.sin(x * 0.9 + phase[0]) + 40 * np.sin(y * 0.7 + phase[1]) + random.normal(0, 4, x.shape)
    if hole:
        weave[24:36, 54:66] = 128
    grey = weave.clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.stack([grey, grey, (grey * 0.8).astype(np.uint8)], axis=2)).save(file, "PNG")
    return file.getvalue()


GOOD = [cloth(i) for i in range(6)]
HOLE = cloth(1001, hole=True)


class GoodRequests:
    """Learns the categories, remembers their scores of one picture, and asks again when told to."""

    def __init__(self, server: Server, tally: Tally) -> None:
        self.faults = tally.faults
        self._tally = tally
        self._expected: dict[str, float] = {}
        for category, options in QUICK.items():
            answer = server.train(category, options, GOOD)
            assert answer.ok, answer
            self._expected[category] = self._ask(server, category)

    @staticmethod
    def _ask(server: Server, category: str, **options: object) -> float:
        answer = server.score(category, HOLE, **options)
        assert answer.ok, f"{answer}\n{server.text()}"
        return answer.response.inspection.raw_score  # type: ignore[attr-defined,no-any-return]

    def check(self, server: Server, categories: tuple[str, ...] = ("cloth", "felt"), **options: object) -> None:
        """Fails the test unless the server answers, to the last bit as at first."""
        for category in categories:
            assert self._ask(server, category, **options) == self._expected[category]
            self._tally.answered += 1

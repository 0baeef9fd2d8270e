"""Every arrangement of every format is read as the plain picture, or refused with the words that docs/inputs.md gives."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.image.inputs.page import page, render
from core.image.inputs.rows import all_rows
from core.image.inputs.table import Read, Refused, Row


class Probe:
    """decode_probe: the decoders of the server, in a program of their own."""

    def __init__(self, folder: Path) -> None:
        self._in, self._out = folder / "picture", folder / "samples"
        program = Path(os.environ["MLFSC_BIN"]) / "decode_probe"
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def decode(self, row: Row) -> list[str]:
        """The answer's fields."""
        self._in.write_bytes(row.make())
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{row.bit_depth}\t{row.page}\t{self._in}\t{self._out}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n").split("\t")

    def samples(self, width: int, height: int, sample_bytes: int) -> np.ndarray:
        dtype = np.uint8 if sample_bytes == 1 else np.dtype("<u2")
        return np.fromfile(self._out, dtype).reshape(height, width, 3)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait() == 0


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    probe = Probe(tmp_path_factory.mktemp("inputs"))
    yield probe
    probe.close()


def check_read(probe: Probe, expect: Read, answer: list[str]) -> None:
    assert answer[0] == "ok", answer[1:]
    width, height, sample_bytes, white = (int(field) for field in answer[1:5])
    want = expect.rgb()
    assert (height, width, 3) == want.shape
    assert sample_bytes == want.itemsize
    assert white == expect.white_value()
    assert answer[5] == expect.notice
    difference = np.abs(probe.samples(width, height, sample_bytes).astype(int) - want.astype(int))
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    assert difference.max() <= expect.tolerance, f"{difference.max()} at {worst}"
    assert difference.mean() <= (expect.mean_tolerance or expect.tolerance)


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.id)
def test_is_read_or_refused_as_the_table_says(probe: Probe, row: Row) -> None:
    answer = probe.decode(row)
    if isinstance(row.expect, Refused):
        assert answer == ["refused", row.expect.message]
    else:
        check_read(probe, row.expect, answer)


def test_the_page_is_the_table() -> None:
    words = f"{page()} is not what the table says: PYTHONPATH=tests python {Path(__file__).parent}/page.py --write"
    assert page().is_file(), words
    assert page().read_text(encoding="utf-8") == render(), words

"""The Node example, a second, independent implementation of gRPC, against the real server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

import mlfsc
from clients.conftest import QUICK, cloth


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(6):
        Image.fromarray(cloth(i)).save(folder / f"{i}.png")
    Image.fromarray(cloth(100, hole=True)).save(folder / "hole.bmp", "BMP")
    return folder


def example(server: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = Path(os.environ["MLFSC_NODE_EXAMPLE"]) / "example.js"
    return subprocess.run(["node", script, "--server", server, *arguments], capture_output=True, text=True, timeout=60)


def test_it_scores_as_the_python_client_does(server: str, client: mlfsc.Client, category: str, pictures: Path) -> None:
    ran = example(server, "score", category, pictures / "0.png", pictures / "hole.bmp")
    assert ran.returncode == 0, ran.stderr
    good, bad = (client.score(category, pictures / name) for name in ("0.png", "hole.bmp"))
    region = bad.regions[0]
    assert ran.stdout.splitlines()[0] == f"{pictures}/0.png: OK {good.normalized_score:.3f}"
    assert ran.stdout.splitlines()[1].startswith(
        f"{pictures}/hole.bmp: NOK {bad.normalized_score:.3f} {region.width}x{region.height} at {region.x},{region.y}"
    )


def test_it_trains_with_progress_and_lists(server: str, client: mlfsc.Client, pictures: Path) -> None:
    good = pictures.parent / "good"
    good.mkdir()
    for i in range(6):
        (good / f"{i}.png").symlink_to(pictures / f"{i}.png")
    ran = example(server, "train", "node", good, "--features", "pixels", "--input-size", "128")
    assert ran.returncode == 0, ran.stderr
    version = client.get_category("node").versions[0]
    assert version.pictures == 6 and version.options.feature_source == QUICK.feature_source
    *progress, last = ran.stdout.splitlines()
    assert "features: 6 of 6" in progress and any(line.startswith("learning: ") for line in progress)
    assert last.startswith("node: version 1 from 6 pictures, threshold ")
    assert "node: version 1 of 1" in example(server, "categories").stdout.splitlines()


def test_it_says_what_is_wrong(server: str, category: str, pictures: Path, tmp_path: Path) -> None:
    unknown = example(server, "score", "nothing-here", pictures / "0.png")
    assert unknown.returncode == 1 and unknown.stderr.startswith("NOT_FOUND: ") and "nothing-here" in unknown.stderr
    (tmp_path / "0.png").write_bytes((pictures / "0.png").read_bytes())
    (tmp_path / "1.png").write_text("no picture")
    bad = example(server, "train", "node-bad", tmp_path, "--features", "pixels", "--input-size", "128")
    assert bad.returncode == 1 and bad.stderr.startswith("INVALID_ARGUMENT: ") and "picture 1" in bad.stderr
    assert example(server, "frobnicate").returncode == 1

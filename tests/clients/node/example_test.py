"""The Node example, a second, independent implementation of gRPC, against the real server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import grpc
import pytest
from PIL import Image

import mlfsc
from clients.conftest import QUICK, cloth
from clients.python.fake_server import Refusal, fake_server
from mlfsc.v1 import inspection_pb2 as pb


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(6):
        Image.fromarray(cloth(i)).save(folder / f"{i}.png")
    Image.fromarray(cloth(100, hole=True)).save(folder / "hole.bmp", "BMP")
    return folder


def example(server: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = Path(os.environ["MLFSC_NODE_EXAMPLE"]) / "example.js"
    return subprocess.run(["node", script, "--server", server, *arguments], capture_output=True, text=True, timeout=300)


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
    # The server tells its newest progress only: which of it is heard is a matter of time.
    *progress, last = ran.stdout.splitlines()
    phases = ["waiting", "features", "learning", "statistics", "calibration", "publishing"]
    heard = [phases.index(line.partition(":")[0]) for line in progress]
    assert heard and heard == sorted(heard)
    assert last.startswith("node: version 1 from 6 pictures, threshold ")
    assert "node: version 1 of 1" in example(server, "categories").stdout.splitlines()


def test_it_tells_all_progress_that_it_hears(pictures: Path) -> None:
    features = pb.TrainProgress(phase=pb.TrainProgress.FEATURES, pictures_done=3)
    learning = pb.TrainProgress(phase=pb.TrainProgress.LEARNING, pictures_done=6, pictures_total=12)
    result = pb.TrainResult(version=pb.Version(version=4, pictures=7, calibration=pb.Calibration(threshold=2)))
    answer = [pb.TrainResponse(progress=features), pb.TrainResponse(progress=learning), pb.TrainResponse(result=result)]
    with fake_server(answer) as fake:
        ran = example(fake.address, "train", "felt", pictures)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "features: 3 of ?",
        "learning: 6 of 12",
        "felt: version 4 from 7 pictures, threshold 2.000",
    ]


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(grpc.StatusCode.UNAVAILABLE, "shutting down"),
        # What gRPC's server says of a call that reaches it in the moment of its shutdown.
        Refusal(grpc.StatusCode.CANCELLED, "CANCELLED"),
        Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "queue holds 8 pictures; the limit is 8", retry_delay=0.001),
    ],
    ids=lambda refusal: refusal.code.name,
)
def test_it_asks_again_when_that_may_help(refusal: Refusal) -> None:
    listed = pb.ListCategoriesResponse(categories=[pb.Category(category="felt", active_version=3)])
    with fake_server(refusal, listed) as fake:
        ran = example(fake.address, "categories")
        assert (ran.returncode, ran.stdout) == (0, "felt: version 3 of 0\n"), ran.stderr
        assert fake.methods == ["ListCategories"] * 2


def test_calls_go_to_the_servers_of_a_name_in_turn(tmp_path: Path) -> None:
    """A picture after another, until both servers have had one."""
    for i in range(500):
        (tmp_path / f"{i:03}.png").write_bytes(b"a file")
    scored = pb.ScoreResponse(inspection=pb.Inspection(category="felt", version=3, verdict=pb.OK))
    with fake_server(*[scored] * 500) as one, fake_server(*[scored] * 500) as two:
        ran = example(f"ipv4:{one.address},{two.address}", "score", "felt", *sorted(tmp_path.iterdir()))
        assert ran.returncode == 0, ran.stderr
        assert one.calls and two.calls


def test_it_does_not_ask_again_when_that_does_not_help() -> None:
    with fake_server(Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "message has 9 bytes; the limit is 8")) as fake:
        ran = example(fake.address, "categories")
        assert ran.stderr == "RESOURCE_EXHAUSTED: message has 9 bytes; the limit is 8\n"
        assert fake.methods == ["ListCategories"]


def test_it_says_what_is_wrong(server: str, category: str, pictures: Path, tmp_path: Path) -> None:
    unknown = example(server, "score", "nothing-here", pictures / "0.png")
    assert unknown.returncode == 1 and unknown.stderr.startswith("NOT_FOUND: ") and "nothing-here" in unknown.stderr
    (tmp_path / "0.png").write_bytes((pictures / "0.png").read_bytes())
    (tmp_path / "1.png").write_text("no picture")
    bad = example(server, "train", "node-bad", tmp_path, "--features", "pixels", "--input-size", "128")
    assert bad.returncode == 1 and bad.stderr.startswith("INVALID_ARGUMENT: ") and "picture 1" in bad.stderr
    assert example(server, "frobnicate").returncode == 1

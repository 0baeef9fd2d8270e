"""The report and the client on names, masks and addresses as they really come: the tables of the C++ tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlfsc
from clients.conftest import QUICK, Pixels
from clients.python.sample_evaluation import sample_evaluation
from mlfsc.path_text import path_from_text, printable
from mlfsc.report import cli
from mlfsc.report.evaluation import read

TESTDATA = Path(os.environ["MLFSC_SOURCE"]) / "tests/testdata"


def table(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((TESTDATA / name).read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("one", table("path_texts.json")["paths"], ids=lambda one: str(one["text"]))
def test_a_path_in_the_json_can_be_opened_again(one: dict[str, str]) -> None:
    path = path_from_text(one["text"])
    assert os.fsencode(path) == bytes.fromhex(one["bytes"])
    shown = printable(path)
    assert shown.encode() and "\x1b" not in shown and "\n" not in shown and "\x9b" not in shown


@pytest.mark.parametrize("one", table("server_addresses.json")["addresses"], ids=lambda one: str(one["server"]))
def test_what_is_no_address_is_told_what_to_write_instead(one: dict[str, str | None]) -> None:
    server = one["server"]
    assert server is not None
    if one["fault"] is None:
        mlfsc.Client(server).close()
        return
    with pytest.raises(ValueError) as raised:
        mlfsc.Client(server)
    assert str(raised.value) == f"server '{server}' {one['fault']}"
    with pytest.raises(ValueError):
        mlfsc.AsyncClient(server)


def page(folder: Path, data: Any) -> str:
    (folder / "eval.json").write_text(json.dumps(data))
    assert cli.main([str(folder / "eval.json")]) == 0
    return (folder / "eval.html").read_text(encoding="utf-8")


def test_the_report_says_of_what_part_pixel_figures_are(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    category = data["categories"][0]
    assert "that have a mask" not in page(tmp_path, data)
    for picture in category["pictures"]:
        if picture["kind"] == "stain":
            picture["mask"], picture["masks"], picture["shown_mask"] = None, [], None
    category["kinds"][0]["with_mask"], category["kinds"][1]["with_mask"] = 10, 0
    html = page(tmp_path, data)
    assert "Of the 10 of 20 defective pictures that have a mask." in html
    assert "No picture of stain has one." in html


def test_the_report_says_what_was_left_out(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    data["categories"][0]["left_out"] = [{"picture": "file:gr%FCn.png", "kind": "hole", "error": "gr\\xFCn.png: the file is empty"}]
    assert "1 picture could not be read and took no part, the first: gr\\xFCn.png: the file is empty." in page(tmp_path, data)


@pytest.mark.parametrize("side", ["good", "defects"])
def test_the_report_of_one_side_alone_makes_nothing_up(tmp_path: Path, side: str) -> None:
    data = sample_evaluation(tmp_path)
    category = data["categories"][0]
    nothing = {"pictures": 0, "flagged": 0, "review": 0, "nok": 0}
    if side == "good":
        category["pictures"] = [p for p in category["pictures"] if p["kind"] == "good"]
        category["defects"], category["kinds"] = nothing, []
        unknown, words = "r2", "There were no defective pictures in this test"
    else:
        category["pictures"] = [p for p in category["pictures"] if p["kind"] != "good"]
        category["good"] = nothing
        unknown, words = "r1", "There were no good pictures in this test"
    for measure in ("image_auroc", "average_precision", "f1", "false_alarms_at_recall95", "pixel_auroc", unknown):
        category[measure] = None
    category["intervals"] = {}
    category["thresholds"]["best"] = None
    category["thresholds"]["calibrated"].update({unknown: None, "mean": None, "f1": None, "precision": None})
    html = page(tmp_path, data)
    assert words in html and "best for these pictures" not in html
    assert read(tmp_path / "eval.json").categories[0].best is None


def test_pictures_of_names_that_are_no_utf8_are_shown(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    for picture in data["categories"][0]["pictures"]:
        if picture["kind"] == "good":
            continue
        old = os.fsencode(tmp_path / picture["picture"])
        new = old.replace(b".png", b" gr\xfcn.png")
        os.rename(old, new)
        picture["picture"] = "file:" + picture["picture"].replace(".png", "%20gr%FCn.png")
    html = page(tmp_path, data)
    assert "gr\\xFCn.png" in html and "the file cannot be shown" not in html


def test_skipping_names_whatever_cannot_be_read(client: mlfsc.Client, good: list[Pixels], tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    os.symlink("/nowhere/else.png", tmp_path / "link.png")
    unread: list[mlfsc.PictureLike] = [tmp_path / "link.png", tmp_path / "folder.png", np.zeros((16, 16, 2), np.uint8)]
    pictures: list[mlfsc.PictureLike] = [tmp_path / "empty.png", *good, *unread, b"no picture"]
    result = client.train("naming", pictures, options=QUICK, skip_bad_pictures=True)
    assert result.version.pictures == len(good) and result.pictures_skipped == 5
    # The first and the last have come as far as the server.
    assert [one.picture for one in result.left_out] == [0, 9, 10, 11, 12]
    assert [Path(one.name).name for one in result.left_out] == ["empty.png", "link.png", "folder.png", "", ""]


def test_skipping_leaves_out_what_the_server_takes_no_message_of(client: mlfsc.Client, good: list[Pixels], tmp_path: Path) -> None:
    limit = client.statistics().max_message_bytes
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * (limit + 1))
    result = client.train("naming-large", [*good, large], options=QUICK, skip_bad_pictures=True)
    assert result.version.pictures == len(good)
    assert [(one.picture, one.name) for one in result.left_out] == [(len(good), str(large))]
    assert str(limit) in result.left_out[0].reason


def test_a_bad_file_is_named_by_its_path(client: mlfsc.Client, good: list[Pixels], tmp_path: Path) -> None:
    (tmp_path / "part 7.png").write_bytes(b"no picture")
    with pytest.raises(mlfsc.InvalidArgumentError, match="part 7.png: picture 8: "):
        client.train("naming-one", [*good, tmp_path / "part 7.png"], options=QUICK)


def test_a_typing_error_in_a_category_is_noticed(client: mlfsc.Client, category: str) -> None:
    with pytest.raises(mlfsc.NotFoundError, match="did you mean cloth"):
        client.get_category("clotj")

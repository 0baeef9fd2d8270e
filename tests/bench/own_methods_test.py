"""What is read from `mlfsc eval --json`, with views and without."""

import pathlib

import pytest
from data_sets import DataSet
from own_methods import known_methods, of_evaluation, view_aurocs

VERDICTS = {"pictures": 4, "flagged": 1, "flagged_share": 0.25}


def category(**more):
    return {"image_auroc": 0.9, "pixel_auroc": 0.8, "pro30": None, "good": VERDICTS, "defects": {**VERDICTS, "flagged_share": 0.75}, **more}


def test_a_row_is_read_from_the_json():
    result = of_evaluation(category(), DataSet("cloth", pathlib.Path("cloth"), (), ()), "sum", 35.0)
    assert (result.data_set, result.method, result.image_auroc, result.pixel_auroc, result.pro) == ("cloth", "sum", 0.9, 0.8, None)
    assert (result.found, result.false_alarms, result.good_pictures, result.milliseconds, result.views) == (0.75, 0.25, 4, 35.0, {})


def test_views_have_aurocs_of_their_own():
    views = [{"view": "residual", "image_auroc": 0.7}, {"view": "appearance", "image_auroc": 0.9}, {"view": "other", "image_auroc": None}]
    assert view_aurocs(category(views=views)) == {"residual": 0.7, "appearance": 0.9}


def test_a_score_of_one_view_has_none():
    assert view_aurocs(category()) == {}
    assert view_aurocs(category(views=[])) == {}


@pytest.mark.parametrize(("choices", "known"), [("whitened, sum [whitened]", ["sum", "whitened"]),
                                                ("fused, whitened,\n      sum [fused]", ["sum", "whitened", "fused"])])
def test_the_methods_that_a_build_knows_are_read_from_its_help(tmp_path, choices, known):
    command = tmp_path / "mlfsc"
    command.write_text(f"#!/bin/sh\ncat <<'END'\n  --nonzeros NUMBER  Atoms\n  --score WORD   How residuals become the score: {choices}\n"
                       "  --top-residuals NUMBER  Largest that sum adds up, not fused\nEND\n")
    command.chmod(0o755)
    assert known_methods(command) == known

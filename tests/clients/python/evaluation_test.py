"""What `mlfsc eval` prints, beside scikit-learn and an independent PRO, over the real server's own answers."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

import mlfsc
from mlfsc.report import cli

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

# Sums of up to 10^5 terms in [0, 1], each rounded to 2^-53 of it: 1e-11 at most.
EXACT = 1e-9


@dataclass
class Run:
    """An evaluation as printed, and what it is about as the Python client sees it."""

    folder: Path
    printed: dict[str, Any]
    #: Of each picture, in the order printed.
    maps: list[npt.NDArray[np.float32]]
    masks: list[Labels | None]

    @property
    def category(self) -> dict[str, Any]:
        found: dict[str, Any] = self.printed["categories"][0]
        return found

    @property
    def pictures(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.category["pictures"]
        return found


def mask_of(path: str | None) -> Labels | None:
    return None if path is None else np.asarray(Image.open(path).convert("L")) >= 128


@pytest.fixture(scope="module")
def run(server: str, client: mlfsc.Client, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("evaluation")

    def command(*arguments: str | Path) -> None:
        environment = {**os.environ, "MLFSC_SERVER": server}
        subprocess.run([programs / "mlfsc", *arguments], check=True, cwd=folder, env=environment, capture_output=True)

    command("generate", "pictures", "--train=6", "--test-good=8", "--test-defective=3", "--size=64", "--seed=5")
    # A defect that nobody marked takes part in the pictures' figures, not in the pixels'.
    sorted((folder / "pictures/ground_truth").glob("*/*.png"))[0].unlink()
    # Learnt from so few, and scored by residuals alone, that neither the score nor a layer tells all defects from good.
    learning = ["--score=whitened", "--source=pyramid", "--input-size=128", "--epochs=1", "--false-alarm-rate=0.2"]
    command("eval", "evaluated", "pictures", "--train", *learning, "--heatmaps=heatmaps", "--json", "eval.json")
    printed = json.loads((folder / "eval.json").read_text())
    pictures = printed["categories"][0]["pictures"]
    maps = [client.heatmap("evaluated", folder / picture["picture"]).map for picture in pictures]
    masks = [mask_of(picture["mask"] and str(folder / picture["mask"])) for picture in pictures]
    return Run(folder, printed, maps, masks)


def scores_of(run: Run, kind: str | None = None, layer: str | None = None) -> tuple[Labels, Floats]:
    """Whether each picture is defective, and its score; of all kinds or one and the good, of the whole or one layer."""
    taken = [p for p in run.pictures if kind is None or p["kind"] in ("good", kind)]

    def score(picture: dict[str, Any]) -> float:
        if layer is None:
            return float(picture["raw_score"])
        (found,) = [one["score"] for one in picture["layers"] if one["layer"] == layer]
        return float(found)

    return np.array([p["kind"] != "good" for p in taken]), np.array([score(p) for p in taken])


def pixels_of(run: Run, kind: str | None = None) -> tuple[list[Labels], list[npt.NDArray[np.float32]]]:
    """Masks and maps of the pictures whose pixels count."""
    masks, maps = [], []
    for picture, mask, map in zip(run.pictures, run.masks, run.maps, strict=True):
        if picture["kind"] == "good":
            mask = np.zeros(map.shape, bool)
        elif mask is None or kind not in (None, picture["kind"]):
            continue
        masks.append(mask)
        maps.append(map)
    return masks, maps


def pixel_auroc(masks: list[Labels], maps: list[npt.NDArray[np.float32]]) -> float:
    labels, values = np.concatenate([m.ravel() for m in masks]), np.concatenate([m.ravel() for m in maps])
    return float(roc_auc_score(labels, values))


def pro(masks: list[Labels], maps: list[npt.NDArray[np.float32]], limit: float = 0.3) -> float:
    """Mean share of the regions that is found, over the share of good pixels that is hot, up to `limit`; by going through the limits."""
    good = np.sort(np.concatenate([map[~mask] for mask, map in zip(masks, maps)]))
    regions = []
    for mask, map in zip(masks, maps):
        labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
        regions += [np.sort(map[labels == region]) for region in range(1, count + 1)]

    def at_least(values: npt.NDArray[np.float32], threshold: npt.NDArray[np.float32]) -> Floats:
        return (len(values) - np.searchsorted(values, threshold, side="left")) / len(values)

    thresholds = np.unique(np.concatenate([good, *regions]))[::-1]
    x = np.concatenate([[0.0], at_least(good, thresholds)])
    y = np.concatenate([[0.0], np.mean([at_least(region, thresholds) for region in regions], axis=0)])
    inside = x <= limit
    x_inside, y_inside = np.append(x[inside], limit), np.append(y[inside], np.interp(limit, x, y))
    return float(np.trapezoid(y_inside, x_inside) / limit)


def test_the_run_is_worth_measuring(run: Run) -> None:
    assert [p["kind"] for p in run.pictures].count("good") == 8 and len(run.pictures) > 20
    assert 0.5 < run.category["image_auroc"] < 1
    assert 0 < run.category["r2"] < 1
    layers = {layer["layer"]: layer["image_auroc"] for layer in run.category["layers"]}
    assert set(layers) == {"conv2_2", "conv3_3", "conv4_3"} and all(0.5 < auroc < 1 for auroc in layers.values())
    assert sum(p["mask"] is None for p in run.pictures) == 9


def test_the_scores_are_those_that_the_client_gets(run: Run, client: mlfsc.Client) -> None:
    for picture in run.pictures[::5]:
        assert client.score("evaluated", run.folder / picture["picture"]).raw_score == picture["raw_score"]


def test_figures_of_pictures_agree_with_scikit_learn(run: Run) -> None:
    labels, scores = scores_of(run)
    found = run.category
    assert found["image_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=EXACT)
    assert found["average_precision"] == pytest.approx(average_precision_score(labels, scores), abs=EXACT)
    flagged = scores > found["calibration"]["threshold"]
    assert found["f1"] == pytest.approx(f1_score(labels, flagged), abs=EXACT)
    assert found["r1"] == pytest.approx((~flagged)[~labels].mean(), abs=EXACT)
    assert found["r2"] == pytest.approx(flagged[labels].mean(), abs=EXACT)
    enough = [scores >= limit for limit in scores if (scores >= limit)[labels].mean() >= 0.95]
    assert found["false_alarms_at_recall95"] == pytest.approx(min(hot[~labels].mean() for hot in enough), abs=EXACT)
    for name, value in ((name, found[name]) for name in found["intervals"]):
        low, high = found["intervals"][name]
        assert 0 <= low <= high <= 1 and low - 0.1 <= value <= high + 0.1, name


def test_figures_of_kinds_agree_with_scikit_learn(run: Run) -> None:
    assert len(run.category["kinds"]) > 3
    for kind in run.category["kinds"]:
        labels, scores = scores_of(run, kind["kind"])
        assert kind["image_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=EXACT)
        assert kind["average_precision"] == pytest.approx(average_precision_score(labels, scores), abs=EXACT)
        flagged = scores[labels] > run.category["calibration"]["threshold"]
        assert (kind["flagged"], kind["pictures"]) == (flagged.sum(), labels.sum())
        assert kind["flagged_share"] == pytest.approx(flagged.mean(), abs=EXACT)


def test_figures_of_layers_agree_with_scikit_learn(run: Run) -> None:
    for layer in run.category["layers"]:
        labels, scores = scores_of(run, layer=layer["layer"])
        assert layer["image_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=EXACT)
        assert layer["average_precision"] == pytest.approx(average_precision_score(labels, scores), abs=EXACT)
        assert [kind["kind"] for kind in layer["kinds"]] == [kind["kind"] for kind in run.category["kinds"]]
        for kind in layer["kinds"]:
            labels, scores = scores_of(run, kind["kind"], layer["layer"])
            assert kind["image_auroc"] == pytest.approx(roc_auc_score(labels, scores), abs=EXACT)


def test_operating_points_agree_with_scikit_learn(run: Run) -> None:
    labels, scores = scores_of(run)

    def mean_rate(threshold: float) -> float:
        return float(balanced_accuracy_score(labels, scores > threshold))

    calibrated, best = run.category["thresholds"]["calibrated"], run.category["thresholds"]["best"]
    assert calibrated["threshold"] == run.category["calibration"]["threshold"]
    for point in (calibrated, best):
        flagged = scores > point["threshold"]
        assert point["r1"] == pytest.approx(recall_score(~labels, ~flagged), abs=EXACT)
        assert point["r2"] == pytest.approx(recall_score(labels, flagged), abs=EXACT)
        assert point["mean"] == pytest.approx(mean_rate(point["threshold"]), abs=EXACT)
        assert point["precision"] == pytest.approx(precision_score(labels, flagged), abs=EXACT)
        assert point["f1"] == pytest.approx(f1_score(labels, flagged), abs=EXACT)
    # Below all of them, and at each of them: every threshold that tells the pictures apart in its own way.
    assert best["mean"] == pytest.approx(max(map(mean_rate, [scores.min() - 1, *scores])), abs=EXACT)


def test_pixel_auroc_agrees_with_scikit_learn(run: Run) -> None:
    assert run.category["pixel_auroc"] == pytest.approx(pixel_auroc(*pixels_of(run)), abs=EXACT)
    for kind in run.category["kinds"]:
        assert kind["pixel_auroc"] == pytest.approx(pixel_auroc(*pixels_of(run, kind["kind"])), abs=EXACT)


def test_pro_agrees_with_an_independent_implementation(run: Run) -> None:
    assert run.category["pro30"] == pytest.approx(pro(*pixels_of(run)), abs=EXACT)
    for kind in run.category["kinds"]:
        assert kind["pro30"] == pytest.approx(pro(*pixels_of(run, kind["kind"])), abs=EXACT)


def test_the_report_is_made_of_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(run.folder / "eval.json"), "-o", str(run.folder / "report.html")]) == 0
    assert capsys.readouterr().err == ""
    html = (run.folder / "report.html").read_text()
    assert f"{run.category['image_auroc']:.3f}" in html and "data:image/jpeg" in html
    # One with the defect that nobody marked may be among them.
    assert html.count("cannot be shown") == 0

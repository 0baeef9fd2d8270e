"""An evaluation as `mlfsc eval --json` writes it, of pictures that never were: for the report's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score

THRESHOLD = 10.0
KINDS = ("hole", "stain")


def sample_evaluation(folder: Path, *, separation: float = 2.0, category: str = "cloth", layers: int = 1) -> dict[str, Any]:
    """30 good pictures and 10 of each of two kinds, scores log-normal, defects `separation` deviations above good; files in `folder`."""
    random = np.random.default_rng(7)
    pictures = []
    for kind, count, shift in (("good", 30, 0.0), ("hole", 10, separation), ("stain", 10, separation)):
        for i in range(count):
            score = THRESHOLD * float(np.exp(0.2 * (random.normal() + shift - 2.0)))
            pictures.append(_picture(folder, kind, i, score, layers))
    return {
        "schema": "mlfsc-evaluation/1",
        "program_version": "0.1.0",
        "create_time": "2026-07-14T09:30:00Z",
        "run_folder": str(folder),
        "mean": {"categories": 1, **_measures(pictures)},
        "bootstrap": {"samples": 1000, "confidence": 0.95, "seed": 0},
        "categories": [_category(category, pictures)],
        "paper": None,
    }


def _picture(folder: Path, kind: str, index: int, score: float, layers: int) -> dict[str, Any]:
    name = f"{kind}/{index:03}.png"
    mask = None if kind == "good" else f"mask/{name}"
    files = {"picture": f"test/{name}", "heatmap": f"heat/{name}", "shown_picture": f"seen/{name}", "mask": mask, "shown_mask": mask}
    for file in files.values():
        if file is not None:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            Image.effect_noise((32, 24), 50).save(folder / file)
    return {
        **files,
        "kind": kind,
        "raw_score": score,
        "normalized_score": score / (score + THRESHOLD),
        "verdict": "OK" if score < 9 else "REVIEW" if score < 12 else "NOK",
        "threshold": THRESHOLD,
        "layers": [{"layer": f"conv{4 - i}_3", "score": score / (i + 1), "top_channels": []} for i in range(layers)],
        "regions": [],
    }


def _measures(pictures: list[dict[str, Any]]) -> dict[str, float | None]:
    labels = np.array([p["kind"] != "good" for p in pictures])
    scores = np.array([p["raw_score"] for p in pictures])
    flagged = scores > THRESHOLD
    return {
        "image_auroc": float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)),
        "f1": float(2 * (flagged & labels).sum() / (flagged.sum() + labels.sum())),
        "false_alarms_at_recall95": 0.25,
        "r1": float((~flagged)[~labels].mean()),
        "r2": float(flagged[labels].mean()),
        "pixel_auroc": 0.9,
        "pro30": None,
    }


def _verdicts(pictures: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "pictures": len(pictures),
        "flagged": sum(p["raw_score"] > THRESHOLD for p in pictures),
        "review": sum(p["verdict"] == "REVIEW" for p in pictures),
        "nok": sum(p["verdict"] == "NOK" for p in pictures),
    }


def _category(name: str, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    measures = _measures(pictures)
    by_kind = {kind: [p for p in pictures if p["kind"] == kind] for kind in ("good", *KINDS)}
    point = {"threshold": THRESHOLD, "r1": measures["r1"], "r2": measures["r2"], "mean": 0.8, "precision": 1.0, "f1": 0.8}
    return {
        "category": name,
        "version": 3,
        "folder": "data",
        "options": {"feature_source": "pyramid", "input_size": 256, "coder": "lasso", "score_method": "whitened"},
        "calibration": {
            "pictures": 60,
            "log_mean": 2.0,
            "log_deviation": 0.2,
            "false_alarm_rate": 0.01,
            "threshold": THRESHOLD,
            "review_low": 9.0,
            "review_high": 12.0,
        },
        **measures,
        "intervals": {"image_auroc": [0.81, 0.93], "r2": [0.7, 0.9]},
        "thresholds": {"calibrated": point, "best": {**point, "threshold": 8.5, "r1": 0.9, "r2": 0.95, "mean": 0.925}},
        "good": _verdicts(by_kind["good"]),
        "defects": _verdicts(by_kind["hole"] + by_kind["stain"]),
        "kinds": [
            {
                "kind": kind,
                **_verdicts(by_kind[kind]),
                **{name: measures[name] for name in ("image_auroc", "average_precision", "pixel_auroc", "pro30")},
            }
            for kind in KINDS
        ],
        "layers": [
            {
                "layer": layer["layer"],
                "image_auroc": measures["image_auroc"],
                "average_precision": measures["average_precision"],
                "kinds": [{"kind": kind, "image_auroc": 0.5} for kind in KINDS],
            }
            for layer in pictures[0]["layers"]
        ],
        "pictures": pictures,
        "baseline": None,
    }

"""The JSON of `mlfsc eval --json` (docs/evaluation-json.md), as far as the report reads it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlfsc.path_text import path_from_text

SCHEMA = "mlfsc-evaluation/1"
GOOD = "good"

#: Of a category, in the order in which they are shown.
MEASURES = (
    "image_auroc",
    "average_precision",
    "r1",
    "r2",
    "f1",
    "false_alarms_at_recall95",
    "pixel_auroc",
    "pro30",
)


class NotAnEvaluation(Exception):
    """The file is not what `mlfsc eval --json` writes; the message says what is missing."""


@dataclass(frozen=True)
class Verdicts:
    pictures: int
    flagged: int
    review: int
    nok: int

    @property
    def flagged_share(self) -> float:
        return self.flagged / self.pictures if self.pictures else 0.0

    @property
    def ok(self) -> int:
        return self.pictures - self.review - self.nok


@dataclass(frozen=True)
class OperatingPoint:
    threshold: float
    #: None where there are no pictures of that side.
    r1: float | None
    r2: float | None
    mean: float | None


@dataclass(frozen=True)
class Kind:
    kind: str
    verdicts: Verdicts
    #: image_auroc, average_precision, pixel_auroc, pro30.
    measures: dict[str, float | None]
    #: Pictures that have a mask; None where the file does not say.
    with_mask: int | None


@dataclass(frozen=True)
class Layer:
    layer: str
    image_auroc: float | None
    #: By kind.
    kinds: dict[str, float | None]


@dataclass(frozen=True)
class View:
    """Of a fused score: what it looks like, or how it is built."""

    view: str
    image_auroc: float | None
    #: By kind.
    kinds: dict[str, float | None]


@dataclass(frozen=True)
class LeftOut:
    """A picture that takes no part, and why."""

    path: str
    kind: str
    error: str


@dataclass(frozen=True)
class Picture:
    #: As they can be opened: see mlfsc.path_text.
    path: str
    kind: str
    #: Their union says where it is defective.
    masks: tuple[str, ...]
    #: PNG files of an evaluation with --heatmaps: the heatmap, the picture as it was scored, the union of its masks.
    heatmap: str | None
    shown_picture: str | None
    shown_mask: str | None
    raw_score: float
    normalized_score: float
    verdict: str
    threshold: float
    #: By layer.
    layers: dict[str, float]

    @property
    def good(self) -> bool:
        return self.kind == GOOD

    @property
    def flagged(self) -> bool:
        return self.raw_score > self.threshold


@dataclass(frozen=True)
class CategoryEvaluation:
    category: str
    version: int
    folder: str
    options: dict[str, Any]
    calibration: dict[str, float]
    measures: dict[str, float | None]
    #: Measure to [low, high]; empty when none were drawn.
    intervals: dict[str, tuple[float, float]]
    calibrated: OperatingPoint
    #: None where there are pictures of one side only.
    best: OperatingPoint | None
    good: Verdicts
    defects: Verdicts
    kinds: tuple[Kind, ...]
    #: Empty unless the score is fused.
    views: tuple[View, ...]
    layers: tuple[Layer, ...]
    pictures: tuple[Picture, ...]
    left_out: tuple[LeftOut, ...]
    #: The same for the `pixels` version that was learnt beside it.
    baseline: CategoryEvaluation | None

    @property
    def both_sides(self) -> bool:
        """Whether there are good and defective pictures."""
        return self.good.pictures > 0 and self.defects.pictures > 0

    @property
    def with_mask(self) -> int:
        """Defective pictures that have a mask: the pixels' figures are of these."""
        return sum(1 for picture in self.pictures if not picture.good and picture.masks)

    @property
    def misses(self) -> list[Picture]:
        """Defective pictures that were not flagged, worst first: those that look most like good ones."""
        return sorted((p for p in self.pictures if not p.good and not p.flagged), key=lambda p: p.raw_score)

    @property
    def false_alarms(self) -> list[Picture]:
        """Good pictures that were flagged, worst first: those that look least like good ones."""
        return sorted((p for p in self.pictures if p.good and p.flagged), key=lambda p: -p.raw_score)


@dataclass(frozen=True)
class PaperFigure:
    category: str
    method: str
    r1: float | None
    r2: float | None
    auroc: float | None


@dataclass(frozen=True)
class Evaluation:
    program_version: str
    create_time: str
    #: Relative paths are relative to this.
    run_folder: Path
    categories: tuple[CategoryEvaluation, ...]
    mean: dict[str, float | None]
    #: samples, confidence, seed; None when no intervals were drawn.
    bootstrap: dict[str, float] | None
    #: None without --compare paper.
    paper: tuple[PaperFigure, ...] | None

    def file(self, path: str) -> Path:
        return self.run_folder / path


def read(path: Path) -> Evaluation:
    """Raises OSError, or NotAnEvaluation with what is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotAnEvaluation(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise NotAnEvaluation(f"{path} has the schema {found!r}; wanted {SCHEMA!r}, as `mlfsc eval --json` writes it")
    try:
        return _evaluation(data)
    except KeyError as error:
        raise NotAnEvaluation(f"{path} has no field {error}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise NotAnEvaluation(f"{path} has a field of the wrong kind: {error}") from None


def _evaluation(data: dict[str, Any]) -> Evaluation:
    paper = data.get("paper")
    return Evaluation(
        program_version=str(data["program_version"]),
        create_time=str(data["create_time"]),
        run_folder=Path(path_from_text(data["run_folder"])),
        categories=tuple(_category(category) for category in data["categories"]),
        mean={measure: _number(data["mean"].get(measure)) for measure in MEASURES},
        bootstrap=data.get("bootstrap"),
        paper=None if paper is None else tuple(_paper_figure(figure) for figure in paper),
    )


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _category(data: dict[str, Any]) -> CategoryEvaluation:
    intervals = data.get("intervals") or {}
    baseline = data.get("baseline")
    return CategoryEvaluation(
        category=data["category"],
        version=data["version"],
        folder=path_from_text(data["folder"]),
        options=data["options"],
        calibration=data["calibration"],
        measures={measure: _number(data.get(measure)) for measure in MEASURES},
        intervals={measure: (float(low), float(high)) for measure, (low, high) in intervals.items()},
        calibrated=_point(data["thresholds"]["calibrated"]),
        best=None if data["thresholds"]["best"] is None else _point(data["thresholds"]["best"]),
        good=_verdicts(data["good"]),
        defects=_verdicts(data["defects"]),
        kinds=tuple(_kind(kind) for kind in data["kinds"]),
        views=tuple(_view(view) for view in data.get("views") or ()),
        layers=tuple(_layer(layer) for layer in data["layers"]),
        pictures=tuple(_picture(picture) for picture in data["pictures"]),
        left_out=tuple(_left_out(one) for one in data.get("left_out") or ()),
        baseline=None if baseline is None else _category(baseline),
    )


def _point(data: dict[str, Any]) -> OperatingPoint:
    return OperatingPoint(data["threshold"], _number(data["r1"]), _number(data["r2"]), _number(data["mean"]))


def _verdicts(data: dict[str, Any]) -> Verdicts:
    return Verdicts(data["pictures"], data["flagged"], data["review"], data["nok"])


def _kind(data: dict[str, Any]) -> Kind:
    names = ("image_auroc", "average_precision", "pixel_auroc", "pro30")
    measures = {name: _number(data.get(name)) for name in names}
    return Kind(path_from_text(data["kind"]), _verdicts(data), measures, data.get("with_mask"))


def _layer(data: dict[str, Any]) -> Layer:
    kinds = {path_from_text(kind["kind"]): _number(kind["image_auroc"]) for kind in data["kinds"]}
    return Layer(data["layer"], _number(data["image_auroc"]), kinds)


def _view(data: dict[str, Any]) -> View:
    kinds = {path_from_text(kind["kind"]): _number(kind["image_auroc"]) for kind in data["kinds"]}
    return View(data["view"], _number(data["image_auroc"]), kinds)


def _left_out(data: dict[str, Any]) -> LeftOut:
    return LeftOut(path_from_text(data["picture"]), path_from_text(data["kind"]), str(data["error"]))


def _picture(data: dict[str, Any]) -> Picture:
    # Older files name one mask at most.
    masks = data["masks"] if "masks" in data else [mask for mask in (data.get("mask"),) if mask is not None]
    return Picture(
        path=path_from_text(data["picture"]),
        kind=path_from_text(data["kind"]),
        masks=tuple(path_from_text(mask) for mask in masks),
        heatmap=_path(data.get("heatmap")),
        shown_picture=_path(data.get("shown_picture")),
        shown_mask=_path(data.get("shown_mask")),
        raw_score=float(data["raw_score"]),
        normalized_score=float(data["normalized_score"]),
        verdict=data["verdict"],
        threshold=float(data["threshold"]),
        layers={layer["layer"]: float(layer["score"]) for layer in data["layers"]},
    )


def _path(text: str | None) -> str | None:
    return None if text is None else path_from_text(text)


def _paper_figure(data: dict[str, Any]) -> PaperFigure:
    numbers = (_number(data.get(name)) for name in ("r1", "r2", "auroc"))
    return PaperFigure(data["category"], data["method"], *numbers)

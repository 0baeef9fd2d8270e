"""The page: what the template shows, worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from mlfsc.path_text import printable
from mlfsc.report import figures, pictures, words
from mlfsc.report.evaluation import CategoryEvaluation, Evaluation, PaperFigure, Picture

#: Names of the paper's methods, in the order in which they are shown.
METHODS = {
    "mlf_sc": "MLF-SC",
    "sparse_coding": "sparse coding of pixels",
    "ae_ssim": "autoencoder, SSIM",
    "ae_l2": "autoencoder, L2",
    "anogan": "AnoGAN",
    "cnn_feature_dictionary": "CNN feature dictionary",
    "texture_inspection": "texture inspection",
}


@dataclass(frozen=True)
class Tile:
    """One headline figure."""

    title: str
    value: str
    interval: str
    meaning: str


@dataclass(frozen=True)
class Example:
    """One picture with what belongs to it; a file that cannot be shown is None."""

    picture: Picture
    shown: str | None
    heatmap: str | None
    mask: str | None
    caption: str


@dataclass(frozen=True)
class Examples:
    """Some of the pictures of one side, worst first."""

    shown: list[Example]
    total: int


@dataclass(frozen=True)
class ComparedRow:
    method: str
    published: bool
    r1: str
    r2: str
    auroc: str


@dataclass(frozen=True)
class Category:
    """One category of the page."""

    anchor: str
    evaluation: CategoryEvaluation
    options: str
    findings: list[str]
    tiles: list[Tile]
    roc: str | None
    histogram: str
    layers: str | None
    compared: list[ComparedRow]
    misses: Examples
    false_alarms: Examples
    closest: list[Example]


def render(evaluation: Evaluation, title: str, examples: int, warn: Callable[[str], None]) -> str:
    """The whole page. `examples`: pictures of each side that are shown; `warn` hears of files that cannot be."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlfsc.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = words.number
    environment.filters["moment"] = words.moment
    environment.filters["printable"] = printable
    builder = _Builder(evaluation, examples, warn)
    return environment.get_template("report.html").render(
        title=title,
        evaluation=evaluation,
        categories=[builder.category(category, i) for i, category in enumerate(evaluation.categories)],
        measures=words.MEASURES,
        view_words=words.VIEWS,
        summary=len(evaluation.categories) > 1,
        mean_compared=_compared_mean(evaluation),
    )


class _Builder:
    def __init__(self, evaluation: Evaluation, examples: int, warn: Callable[[str], None]) -> None:
        self._evaluation = evaluation
        self._examples = examples
        self._warn = warn

    def category(self, category: CategoryEvaluation, index: int) -> Category:
        several_layers = len(category.layers) > 1
        return Category(
            anchor=f"category-{index}",
            evaluation=category,
            options=words.options(category),
            findings=list(words.findings(category)),
            tiles=list(_tiles(category)),
            roc=figures.roc(category, f"roc-{index}") if category.both_sides else None,
            histogram=figures.score_histogram(category, f"scores-{index}"),
            layers=figures.layer_histograms(category, f"layers-{index}") if category.both_sides and several_layers else None,
            compared=list(_compared(category, self._evaluation.paper)),
            misses=self._some(category, category.misses),
            false_alarms=self._some(category, category.false_alarms),
            closest=[] if category.misses else [self._example(category, p) for p in _closest(category)],
        )

    def _some(self, category: CategoryEvaluation, found: Sequence[Picture]) -> Examples:
        return Examples([self._example(category, picture) for picture in found[: self._examples]], len(found))

    def _example(self, category: CategoryEvaluation, picture: Picture) -> Example:
        ratio = picture.raw_score / picture.threshold
        return Example(
            picture=picture,
            shown=self._embedded(picture.shown_picture or picture.path, pictures.embedded),
            heatmap=self._embedded(picture.heatmap, pictures.embedded),
            mask=self._embedded(picture.shown_mask, pictures.embedded_mask),
            caption=f"score {picture.raw_score:.4g}, {ratio:.2f} times the threshold",
        )

    def _embedded(self, path: str | None, embedded: Callable[[Path], str | None]) -> str | None:
        if path is None:
            return None
        shown = embedded(self._evaluation.file(path))
        if shown is None:
            self._warn(f"{printable(str(self._evaluation.file(path)))} cannot be shown")
        return shown


def _tiles(category: CategoryEvaluation) -> Iterator[Tile]:
    for measure in words.MEASURES:
        value = category.measures[measure.name]
        if value is not None:
            yield Tile(
                measure.title,
                words.number(value, measure.percent),
                words.interval(measure, category),
                measure.meaning + words.part(measure, category),
            )


def _closest(category: CategoryEvaluation) -> list[Picture]:
    """Where nothing was missed: the defective pictures that came nearest to it."""
    found = sorted((p for p in category.pictures if not p.good), key=lambda p: p.raw_score)
    return found[:3]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _row(name: str, category: CategoryEvaluation) -> ComparedRow:
    r1, r2 = (None, None) if category.best is None else (category.best.r1, category.best.r2)
    return ComparedRow(name, False, _two(r1), _two(r2), words.number(category.measures["image_auroc"]))


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _compared(category: CategoryEvaluation, paper: tuple[PaperFigure, ...] | None) -> Iterator[ComparedRow]:
    if paper is None:
        return
    yield _row("mlfsc, this run", category)
    if category.baseline is not None:
        yield _row("sparse coding of pixels, this run", category.baseline)
    yield from _published(category.category.lower(), paper)


def _published(category: str, paper: tuple[PaperFigure, ...]) -> Iterator[ComparedRow]:
    order = list(METHODS)
    found = [figure for figure in paper if figure.category == category]
    for figure in sorted(found, key=lambda f: order.index(f.method) if f.method in order else len(order)):
        name = METHODS.get(figure.method, figure.method)
        yield ComparedRow(f"{name}, published", True, _two(figure.r1), _two(figure.r2), _two(figure.auroc))


def _compared_mean(evaluation: Evaluation) -> list[ComparedRow]:
    """Of several categories: the means beside the paper's averages."""
    categories = evaluation.categories
    if evaluation.paper is None or len(categories) < 2:
        return []

    def mean(name: str, of: Sequence[CategoryEvaluation]) -> ComparedRow:
        areas = [area for c in of if (area := c.measures["image_auroc"]) is not None]
        r1 = [c.best.r1 for c in of if c.best is not None and c.best.r1 is not None]
        r2 = [c.best.r2 for c in of if c.best is not None and c.best.r2 is not None]
        return ComparedRow(name, False, _two(_mean(r1)), _two(_mean(r2)), words.number(_mean(areas)))

    rows = [mean("mlfsc, this run", categories)]
    baselines = [c.baseline for c in categories if c.baseline is not None]
    if baselines:
        rows.append(mean("sparse coding of pixels, this run", baselines))
    return rows + list(_published("average", evaluation.paper))


def default_title(evaluation: Evaluation) -> str:
    names = [category.category for category in evaluation.categories]
    return f"Evaluation of {names[0]}" if len(names) == 1 else f"Evaluation of {len(names)} categories"


def default_output(source: Path) -> Path:
    return source.with_suffix(".html")

"""The report's figures: SVG to stand inside the page, in the page's own colours and type."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib

matplotlib.use("svg")

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from mlfsc.report.evaluation import CategoryEvaluation, OperatingPoint

# Drawn in these, which nothing else has, and replaced by the page's own: one figure for light, dark and paper.
_COLORS = {
    "#010203": "var(--ink)",
    "#010204": "var(--muted)",
    "#010205": "var(--line)",
    "#010206": "var(--good)",
    "#010207": "var(--bad)",
    "#010208": "var(--accent)",
    "#010209": "var(--band)",
}
_INK, _MUTED, _LINE, _GOOD, _BAD, _ACCENT, _BAND = _COLORS

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _MUTED,
    "axes.titlecolor": _INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "xtick.labelcolor": _MUTED,
    "ytick.labelcolor": _MUTED,
    "legend.frameon": False,
    "axes.grid": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.4,
    "axes.axisbelow": True,
}

Scores = npt.NDArray[np.float64]


def roc(evaluation: CategoryEvaluation, name: str) -> str:
    """Defects found against good pictures flagged, with the thresholds on it. `name`: unlike any other figure's of the page."""
    good, bad = _scores(evaluation)
    x, y = roc_points(good, bad)
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(4.8, 4.5), layout="constrained")
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=_LINE, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(x, y, color=_ACCENT, linewidth=2, label=evaluation.category, zorder=3)
        if evaluation.baseline is not None:
            axes.plot(*roc_points(*_scores(evaluation.baseline)), color=_MUTED, linewidth=1.2, label="pixels baseline")
        axes.fill_between(x, y, color=_ACCENT, alpha=0.08, linewidth=0)
        _mark(axes, evaluation.calibrated, "o", _INK, "calibrated threshold")
        _mark(axes, evaluation.best, "D", "none", "best threshold")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="good pictures flagged (false alarms)", ylabel="defective pictures flagged (found)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.legend(loc="lower right")
        return _svg(figure, "ROC curve")


def roc_points(good: Scores, bad: Scores) -> tuple[Scores, Scores]:
    """Shares of good and of bad scores at or above every limit, from none to all."""
    limits = np.unique(np.concatenate([good, bad]))[::-1]
    shares = [
        (len(scores) - np.searchsorted(np.sort(scores), limits, side="left")) / max(1, len(scores)) for scores in (good, bad)
    ]
    return np.concatenate([[0.0], shares[0]]), np.concatenate([[0.0], shares[1]])


def _mark(axes: Axes, point: OperatingPoint | None, marker: str, face: str, label: str) -> None:
    if point is None or point.r1 is None or point.r2 is None:
        return
    style: dict[str, Any] = {"marker": marker, "markersize": 8, "markerfacecolor": face, "markeredgecolor": _INK, "linestyle": "none"}
    axes.plot([1 - point.r1], [point.r2], label=label, zorder=5, **style)


def score_histogram(evaluation: CategoryEvaluation, name: str) -> str:
    """The scores of good and of defective pictures, with the threshold and the review band on them."""
    good, bad = _scores(evaluation)
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(9.4, 3.4), layout="constrained")
        axes = figure.add_subplot()
        low, high = evaluation.calibration["review_low"], evaluation.calibration["review_high"]
        axes.axvspan(low, high, color=_BAND, linewidth=0, label="review band", zorder=0)
        _histogram(axes, good, bad, include=(low, high, evaluation.calibrated.threshold))
        axes.axvline(evaluation.calibrated.threshold, color=_INK, linewidth=1.8, label="calibrated threshold")
        if evaluation.best is not None:
            axes.axvline(evaluation.best.threshold, color=_INK, linewidth=1.2, linestyle=(0, (1, 2)), label="best threshold")
        axes.set_xlabel("raw score, logarithmic: further right departs more from good")
        figure.legend(loc="outside upper left", ncols=5)
        return _svg(figure, "Histogram of scores")


def layer_histograms(evaluation: CategoryEvaluation, name: str) -> str:
    """Figure 4 of the paper: histogram and ROC curve of each layer's own score, with the limit that would tell best by it alone."""
    layers = evaluation.layers
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(9.4, 0.7 + 1.95 * len(layers)), layout="constrained")
        places = figure.add_gridspec(len(layers), 2, width_ratios=(4.2, 1))
        for row, layer in enumerate(layers):
            axes = figure.add_subplot(places[row, 0])
            curve = figure.add_subplot(places[row, 1])
            good, bad = (
                np.array([p.layers[layer.layer] for p in evaluation.pictures if p.good == side]) for side in (True, False)
            )
            limit = best_limit(good, bad)
            _histogram(axes, good, bad, include=(limit,))
            axes.axvline(limit, color=_INK, linewidth=1.2, linestyle=(0, (1, 2)), label="best limit of the layer alone")
            area = "" if layer.image_auroc is None else f"   AUROC {layer.image_auroc:.3f}"
            axes.set_title(f"{layer.layer}{area}")
            _small_roc(curve, good, bad, limit)
            if row == 0:
                figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
            if row == len(layers) - 1:
                axes.set_xlabel("the layer's own score, logarithmic")
                curve.set_xlabel("false alarms")
        return _svg(figure, "Histogram and ROC curve of each layer's score")


def _small_roc(axes: Axes, good: Scores, bad: Scores, limit: float) -> None:
    """The curve of one layer's score, with `limit` marked on it."""
    axes.plot([0, 1], [0, 1], color=_LINE, linewidth=1, linestyle=(0, (4, 3)))
    x, y = roc_points(good, bad)
    axes.plot(x, y, color=_ACCENT, linewidth=1.6)
    axes.fill_between(x, y, color=_ACCENT, alpha=0.08, linewidth=0)
    style: dict[str, Any] = {"marker": "D", "markersize": 5, "markerfacecolor": "none", "markeredgecolor": _INK}
    axes.plot([np.mean(good > limit)], [np.mean(bad > limit)], linestyle="none", zorder=5, **style)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal", ylabel="found")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.5, 1], labels=["0 %", "50 %", "100 %"])


def best_limit(good: Scores, bad: Scores) -> float:
    """The lowest score with the largest mean of good ones at or below it and bad ones above it."""
    limits = np.unique(np.concatenate([good, bad]))
    right = np.searchsorted(np.sort(good), limits, side="right") / max(1, len(good))
    found = 1 - np.searchsorted(np.sort(bad), limits, side="right") / max(1, len(bad))
    return float(limits[np.argmax(right + found)])


def _histogram(axes: Axes, good: Scores, bad: Scores, include: Sequence[float]) -> None:
    tiny = np.finfo(float).tiny
    shown = np.maximum(np.concatenate([good, bad, include]), tiny)
    low, high = shown.min(), shown.max()
    # Where all are alike, a little room on both sides.
    room = max((high / low) ** 0.03, 1.02)
    bins = np.geomspace(low / room, high * room, 41)
    # Good ones upwards, defective ones downwards: neither hides the other.
    highest = 0.0
    for scores, sign, color, label in ((good, 1, _GOOD, "good"), (bad, -1, _BAD, "defective")):
        counts, edges = np.histogram(np.maximum(scores, tiny), bins)
        axes.bar(edges[:-1], sign * counts, np.diff(edges), align="edge", color=color, label=f"{label} ({len(scores)})")
        highest = max(highest, float(counts.max(initial=0)))
    axes.axhline(0, color=_INK, linewidth=0.8)
    axes.set_ylim(-1.08 * highest, 1.08 * highest)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{abs(count):.0f}"))
    axes.set_ylabel("pictures")
    axes.set_xscale("log")
    axes.set_xlim(bins[0], bins[-1])
    narrow = bins[-1] / bins[0] < 8
    axes.xaxis.set_major_locator(MaxNLocator(7) if narrow else LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", visible=False)


def _scores(evaluation: CategoryEvaluation) -> tuple[Scores, Scores]:
    sides = [[p.raw_score for p in evaluation.pictures if p.good == good] for good in (True, False)]
    return np.array(sides[0], dtype=float), np.array(sides[1], dtype=float)


def _svg(figure: Figure, title: str) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    for drawn, own in _COLORS.items():
        svg = svg.replace(drawn, own)
    # The page's type; the size stays.
    svg = re.sub(r"font: ([0-9.]+px) [^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)

"""What the figures mean, for who runs the process: plain sentences, each true of the numbers it is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlfsc.path_text import printable
from mlfsc.report.evaluation import CategoryEvaluation


@dataclass(frozen=True)
class Measure:
    name: str
    title: str
    meaning: str
    #: Smaller is better.
    falling: bool = False
    percent: bool = False


MEASURES = (
    Measure(
        "image_auroc",
        "AUROC",
        "Take one defective and one good picture at random: how often the defective one scores higher. 1 is always, 0.5 is chance.",
    ),
    Measure(
        "average_precision",
        "Average precision",
        "Going through the pictures from the highest score down: how pure the list of suspects stays. 1 is no good one among them.",
    ),
    Measure("r1", "Good passed (R1)", "Share of good pictures that are not flagged at the calibrated threshold.", percent=True),
    Measure("r2", "Defects found (R2)", "Share of defective pictures that are flagged at the calibrated threshold.", percent=True),
    Measure("f1", "F1", "Balance of defects found and false alarms avoided at the calibrated threshold. 1 is perfect."),
    Measure(
        "false_alarms_at_recall95",
        "False alarms at 95 % found",
        "If 95 % of the defective pictures had to be found: the share of good pictures that would be flagged with them.",
        falling=True,
        percent=True,
    ),
    Measure(
        "pixel_auroc",
        "Pixel AUROC",
        "The same as AUROC for the map: how often a defective pixel is hotter than a good one.",
    ),
    Measure(
        "pro30",
        "PRO (to 30 %)",
        "How much of each single defect the map covers, small ones counting as much as large ones, while few good pixels are hot.",
    ),
)


#: What each view of a fused score looks at.
VIEWS = {"appearance": "what it looks like", "residual": "how it is built"}


def number(value: float | None, percent: bool = False) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if percent else f"{value:.3f}"


def interval(measure: Measure, evaluation: CategoryEvaluation) -> str:
    """`0.912 to 0.987`; empty where there is none."""
    if measure.name not in evaluation.intervals:
        return ""
    low, high = evaluation.intervals[measure.name]
    if measure.percent:
        return f"{100 * low:.1f} to {100 * high:.1f} %"
    return f"{low:.3f} to {high:.3f}"


def moment(time: str) -> str:
    """`2026-07-14T09:30:00Z` for people."""
    return time.replace("T", " ")[:16] + " UTC" if time.endswith("Z") else time


def of(count: int, total: int, noun: str) -> str:
    """`3 of 20 good pictures`."""
    return f"{count} of {total} {noun}{'' if total == 1 else 's'}"


def findings(evaluation: CategoryEvaluation) -> Iterator[str]:
    """What stands at the top of a category, most important first."""
    good, defects = evaluation.good, evaluation.defects
    missed = defects.pictures - defects.flagged
    rate = evaluation.calibration["false_alarm_rate"]
    if defects.pictures:
        yield (
            f"{of(defects.flagged, defects.pictures, 'defective picture')} found, {missed} missed, at the calibrated threshold."
            if missed
            else f"All {defects.pictures} defective pictures found at the calibrated threshold."
        )
    if good.pictures:
        yield (
            f"{of(good.flagged, good.pictures, 'good picture')} flagged ({100 * good.flagged_share:.1f} %). "
            f"The threshold was calibrated for {100 * rate:g} %, on good pictures alone."
        )
        yield from _drift(evaluation, rate)
    area = evaluation.measures["image_auroc"]
    if area is not None:
        yield (
            f"Of one good and one defective picture, the defective one scores higher in {100 * area:.1f} of 100 cases"
            + (": whatever the threshold, the two overlap." if area < 0.98 else ".")
        )
    yield from _weakest_kind(evaluation)
    yield from _better_threshold(evaluation)
    yield from _incomplete(evaluation)


def part(measure: Measure, evaluation: CategoryEvaluation) -> str:
    """` Of the 40 of 48 defective pictures that have a mask.`: of what a pixel figure is, where it is of a part."""
    total = evaluation.defects.pictures
    if measure.name not in ("pixel_auroc", "pro30") or evaluation.with_mask == total:
        return ""
    return f" Of the {of(evaluation.with_mask, total, 'defective picture')} that have a mask."


def _incomplete(evaluation: CategoryEvaluation) -> Iterator[str]:
    """What the figures are not of."""
    if not evaluation.good.pictures:
        yield "There were no good pictures in this test: how many of them would be flagged is not known."
    if not evaluation.defects.pictures:
        yield "There were no defective pictures in this test: how many of them would be missed is not known."
    if 0 < evaluation.with_mask < evaluation.defects.pictures:
        bare = [printable(kind.kind) for kind in evaluation.kinds if kind.with_mask == 0]
        none = f" No picture of {', '.join(bare)} has one." if bare else ""
        yield (
            f"Pixel figures are of the {of(evaluation.with_mask, evaluation.defects.pictures, 'defective picture')} that have a mask.{none}"
        )
    if evaluation.left_out:
        first = evaluation.left_out[0]
        count = len(evaluation.left_out)
        yield f"{count} picture{'' if count == 1 else 's'} could not be read and took no part, the first: {printable(first.error)}."


def _drift(evaluation: CategoryEvaluation, rate: float) -> Iterator[str]:
    """Whether more good pictures are flagged than the calibration and chance allow for."""
    good = evaluation.good
    expected = rate * good.pictures
    # Three deviations of a count that is binomial with the calibrated rate, and at least two pictures.
    if good.flagged > expected + max(2.0, 3 * (expected * (1 - rate)) ** 0.5):
        yield (
            "That is more than chance explains: the good pictures of this test differ from those that were learnt (light, camera, material). "
            "Learn from good pictures of all conditions, or recalibrate on good ones of today."
        )


def _weakest_kind(evaluation: CategoryEvaluation) -> Iterator[str]:
    weak = [kind for kind in evaluation.kinds if kind.verdicts.pictures and kind.verdicts.flagged < kind.verdicts.pictures]
    if not weak or len(evaluation.kinds) < 2:
        return
    worst = min(weak, key=lambda kind: kind.verdicts.flagged_share)
    verdicts = worst.verdicts
    yield f"Hardest is {printable(worst.kind)}: {of(verdicts.flagged, verdicts.pictures, 'picture')} found."


def _better_threshold(evaluation: CategoryEvaluation) -> Iterator[str]:
    best, calibrated = evaluation.best, evaluation.calibrated
    if best is None or best.r1 is None or best.r2 is None or best.mean is None or calibrated.mean is None:
        return
    if best.mean - calibrated.mean < 0.03:
        return
    direction = "higher" if best.threshold > calibrated.threshold else "lower"
    yield (
        f"A {direction} threshold ({best.threshold:.4g} instead of {calibrated.threshold:.4g}) would have passed {100 * best.r1:.0f} % of the good "
        f"and found {100 * best.r2:.0f} % of the defective pictures here. It was chosen by looking at these very pictures, so try it on others before you set it."
    )


def options(evaluation: CategoryEvaluation) -> str:
    """`pyramid features at 256 px, lasso codes, whitened score`."""
    given = evaluation.options
    size = f" at {given['input_size']} px" if "input_size" in given else ""
    words = [f"{given.get('feature_source', '')} features{size}", f"{given.get('coder', '')} codes", f"{given.get('score_method', '')} score"]
    return ", ".join(words)

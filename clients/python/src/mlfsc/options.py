"""How a category is learnt and scored."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class FeatureSource(enum.StrEnum):
    """What the features of a picture are."""

    #: VGG16 on the picture at 1, 1/2 and 1/4 of the input size: the default.
    PYRAMID = "pyramid"
    #: One VGG16 pass, each tap at its own resolution.
    SINGLE_PASS = "single_pass"
    #: The grey picture itself: classical sparse coding.
    PIXELS = "pixels"


class ResizeMethod(enum.StrEnum):
    """How a picture is brought to the input size."""

    #: Averages over areas where a side shrinks: every pixel has its part. The default.
    AREA = "area"
    #: Samples between neighbouring pixels; the pixels in between are never read.
    BILINEAR = "bilinear"


class Coder(enum.StrEnum):
    """How a patch is coded when a picture is scored."""

    LASSO = "lasso"
    #: Orthogonal matching pursuit.
    OMP = "omp"


class ScoreMethod(enum.StrEnum):
    """How a picture is scored."""

    #: What the picture looks like and how it is built, fused: the default.
    FUSED = "fused"
    #: Mean Mahalanobis distance of the worst patches' residuals. The default of pixels.
    WHITENED = "whitened"
    #: Sum over channels of the largest residuals.
    SUM = "sum"


class OutlierAction(enum.StrEnum):
    """What becomes of training pictures that do not look like the others."""

    #: They are named and stay: the default.
    WARN = "warn"
    #: They are named, and kept out of learning, statistics and calibration.
    DROP = "drop"


@dataclass(frozen=True)
class CategoryOptions:
    """Options of a category; None takes the server's default. Ranges and defaults: proto/mlfsc/v1/inspection.proto."""

    feature_source: FeatureSource | None = None
    #: Pixels a side that a picture is resized to.
    input_size: int | None = None
    resize: ResizeMethod | None = None
    #: Cells a side of a patch, and between neighbouring patches.
    patch_size: int | None = None
    stride: int | None = None
    #: Atoms in a dictionary.
    atoms: int | None = None
    #: Weight of the l1 norm.
    alpha: float | None = None
    coder: Coder | None = None
    #: Atoms that OMP may use for a patch.
    nonzeros: int | None = None
    score_method: ScoreMethod | None = None
    top_residuals: int | None = None
    top_patches: int | None = None
    #: Share of new good pictures that may score above the threshold.
    false_alarm_rate: float | None = None
    #: Passes over the training pictures.
    epochs: int | None = None
    batch_pictures: int | None = None
    #: The same pictures in the same order with the same seed give the same bundle.
    seed: int | None = None

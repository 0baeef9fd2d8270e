"""What the server answers, as plain data. Field names are those of the wire contract (proto/mlfsc/v1/inspection.proto)."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from mlfsc.options import CategoryOptions, OutlierAction


class Verdict(enum.StrEnum):
    """The server's answer to whether the product is good."""

    #: Below the review band.
    OK = "OK"
    #: Inside the review band: a person should look.
    REVIEW = "REVIEW"
    #: Above the review band.
    NOK = "NOK"


@dataclass(frozen=True)
class ChannelScore:
    channel: int
    score: float


@dataclass(frozen=True)
class LayerScore:
    #: conv4_3, conv3_3, conv2_2 or pixels.
    layer: str
    score: float
    #: The channels that depart most, worst first.
    top_channels: tuple[ChannelScore, ...]


@dataclass(frozen=True)
class Region:
    """A connected area above the map's threshold, in pixels of the upright picture."""

    #: The bounding box, [x, x + width) by [y, y + height).
    x: int
    y: int
    width: int
    height: int
    #: Pixels.
    area: int
    #: Largest value of the map inside, and where.
    peak: float
    peak_x: int
    peak_y: int
    #: Weighted by the map.
    center_x: float
    center_y: float


@dataclass(frozen=True)
class StageTimes:
    """Milliseconds spent in each stage."""

    decode: float
    queue: float
    features: float
    coding: float
    scoring: float
    encode: float
    total: float


@dataclass(frozen=True)
class ViewScore:
    """One view's share in a fused score."""

    #: appearance (what it looks like) or residual (how it is built).
    view: str
    #: Deviations of the view's log score above the middle of good pictures'.
    deviations: float


@dataclass(frozen=True)
class Inspection:
    """What was found in one picture."""

    category: str
    #: The version that answered.
    version: int
    verdict: Verdict
    #: 0 to 1, 0.5 at the threshold.
    normalized_score: float
    #: In the units of the score method; grows with abnormality.
    raw_score: float
    #: The raw score above which a picture is flagged.
    threshold: float
    #: One for each layer, deepest first.
    layers: tuple[LayerScore, ...]
    #: Where the picture departs from good, worst first. None when the verdict is OK.
    regions: tuple[Region, ...]
    #: Of the upright picture.
    picture_width: int
    picture_height: int
    stage_times: StageTimes
    #: Of the fused score; else empty.
    views: tuple[ViewScore, ...] = ()
    #: What is odd about the picture without being an error; mostly empty. Also a PictureWarning, once a client.
    notice: str = ""

    @property
    def flagged(self) -> bool:
        """Whether the raw score is above the threshold."""
        return self.raw_score > self.threshold


@dataclass(frozen=True)
class Heatmap:
    """Where one picture departs from good, as numbers."""

    inspection: Inspection
    #: [picture_height, picture_width], in the units of the map.
    map: npt.NDArray[np.float32]
    #: The colour scale, the same for all pictures of a version: map values shown darkest and brightest.
    scale_low: float
    scale_high: float
    #: Map value above which a region is reported.
    region_threshold: float


@dataclass(frozen=True)
class HeatmapPicture:
    """Where one picture departs from good, drawn, at the upright picture's size."""

    inspection: Inspection
    image: Image.Image
    scale_low: float
    scale_high: float
    region_threshold: float


@dataclass(frozen=True)
class Calibration:
    """Limits on the raw score, from good pictures."""

    #: Independent good pictures behind it: copies count as one.
    pictures: int
    #: Middle and spread of the logarithm of their scores.
    log_mean: float
    log_deviation: float
    false_alarm_rate: float
    #: Flagged above this.
    threshold: float
    #: REVIEW from here to `review_high`; NOK above.
    review_low: float
    review_high: float
    #: Of Student's t, which gives the limits.
    degrees_of_freedom: float


@dataclass(frozen=True)
class Version:
    """One learnt state of a category."""

    version: int
    options: CategoryOptions
    calibration: Calibration
    #: Good pictures it was learnt from.
    pictures: int
    create_time: datetime.datetime
    #: Of the backbone file, hex. Empty for `pixels`.
    backbone_sha256: str
    program_version: str
    #: Why it cannot be used; empty when it can.
    error: str
    #: What was asked for when it was learnt; None from a server that does not say.
    outliers: OutlierAction | None
    #: Pictures that were kept out of the learning because of it; `pictures` does not count them.
    outliers_dropped: int
    #: How it was learnt ("float32, winograd, AVX2"), or "unknown"; empty from a server that does not say.
    arithmetic: str = ""
    #: By how much scores may differ, where the server computes otherwise; else empty.
    arithmetic_note: str = ""


@dataclass(frozen=True)
class Category:
    category: str
    #: 0 = none.
    active_version: int
    #: Oldest first.
    versions: tuple[Version, ...]
    #: What is wrong with the category as a whole; empty when nothing is.
    error: str


class Phase(enum.StrEnum):
    """What a training is doing."""

    WAITING = "waiting"
    FEATURES = "features"
    LEARNING = "learning"
    STATISTICS = "statistics"
    CALIBRATION = "calibration"
    PUBLISHING = "publishing"


@dataclass(frozen=True)
class TrainProgress:
    phase: Phase
    pictures_done: int
    #: 0 = unknown.
    pictures_total: int
    #: While learning: mean of 1/2 ||x - D^T c||^2 + alpha ||c||_1 over the patches of the last pictures.
    objective: float
    #: Estimated; None = unknown.
    seconds_left: float | None


@dataclass(frozen=True)
class LeftOutPicture:
    """A picture that was not learnt from."""

    #: Its place among the caller's pictures, from 0.
    picture: int
    #: Its path, for people; empty for one that has none.
    name: str
    reason: str


@dataclass(frozen=True)
class Outlier:
    """A training picture that does not look like the others."""

    #: Its place among the caller's pictures, from 0.
    picture: int
    #: Its path, for people; empty for one that has none.
    name: str
    #: As if it were new.
    score: float
    #: For people: "scores 6440; the others' limit is 1825", "black: brightest grey 4 of 255".
    reason: str
    #: Kept out of the learning (`outliers="drop"`).
    dropped: bool


class NoticeCode(enum.StrEnum):
    """What a notice is about."""

    #: The limits are guesses, from so few pictures.
    FEW_PICTURES = "few_pictures"
    #: Some pictures are copies of others.
    COPIES = "copies"
    #: The limits are so wide that no picture will be NOK.
    NOK_OUT_OF_REACH = "nok_out_of_reach"
    #: A recalibration has taken the place of a threshold that was set by hand.
    THRESHOLD_REPLACED = "threshold_replaced"
    #: One that this program does not know.
    OTHER = "other"


@dataclass(frozen=True)
class Notice:
    """Something that the person who trains should know."""

    code: NoticeCode
    #: For people.
    text: str


@dataclass(frozen=True)
class PictureNotice:
    """What is odd about pictures without being an error."""

    text: str
    #: The first that it was seen in, from 0 in the order of sending.
    picture: int
    #: In how many it was seen.
    pictures: int


@dataclass(frozen=True)
class TrainResult:
    version: Version
    #: Left out because they could not be read or decoded (`skip_bad_pictures`).
    pictures_skipped: int
    #: Behind the limits: copies, equal or apart by no more than a sensor's noise, count as one.
    independent_pictures: int
    #: By picture.
    outliers: tuple[Outlier, ...]
    notices: tuple[Notice, ...]
    #: Those that could not be read, sent or, the first hundred of them, decoded; by picture.
    left_out: tuple[LeftOutPicture, ...] = ()
    #: What is odd about pictures without being an error. Also a PictureWarning, once a client.
    picture_notices: tuple[PictureNotice, ...] = ()


@dataclass(frozen=True)
class ImportResult:
    category: str
    version: Version


@dataclass(frozen=True)
class TrafficMinute:
    start_time: datetime.datetime
    pictures: int
    #: Of those, above the threshold.
    flagged: int
    mean_normalized_score: float


@dataclass(frozen=True)
class CategoryStatistics:
    category: str
    #: Pictures answered, by verdict.
    ok: int
    review: int
    nok: int
    #: Pictures by normalised score, in bins of 1/20 from 0.
    score_histogram: tuple[int, ...]
    #: The last hour, oldest first; minutes without a picture are left out.
    minutes: tuple[TrafficMinute, ...]


@dataclass(frozen=True)
class QueueStatistics:
    #: decode, features or coding.
    stage: str
    waiting: int
    capacity: int


@dataclass(frozen=True)
class Statistics:
    """Traffic, verdicts and scores since the server began."""

    start_time: datetime.datetime
    categories: tuple[CategoryStatistics, ...]
    #: Pictures that wait now, by stage.
    queues: tuple[QueueStatistics, ...]
    #: Trainings that run now.
    trainings: int
    #: Of a request, its picture and all; 0 from a server that does not tell.
    max_message_bytes: int = 0


class Health(enum.StrEnum):
    """What grpc.health.v1 says."""

    UNKNOWN = "unknown"
    SERVING = "serving"
    NOT_SERVING = "not serving"

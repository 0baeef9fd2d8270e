"""What the methods of both clients take, as messages of the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized

from mlfsc import _convert as convert
from mlfsc.options import CategoryOptions, OutlierAction
from mlfsc.pictures import PictureLike, to_picture
from mlfsc.results import TrainProgress, TrainResult
from mlfsc.v1 import inspection_pb2 as pb

#: Pieces of a file on its way to the server.
CHUNK_BYTES = 1 << 18

STYLES = {"overlay": pb.HeatmapRequest.OVERLAY_PNG, "color_map": pb.HeatmapRequest.COLOR_MAP_PNG}


def score(category: str, picture: PictureLike, version: int, bit_depth: int, page: int) -> pb.ScoreRequest:
    return pb.ScoreRequest(category=category, version=version, picture=to_picture(picture, bit_depth, page))


def heatmap(
    category: str, picture: PictureLike, version: int, bit_depth: int, page: int, format: pb.HeatmapRequest.Format
) -> pb.HeatmapRequest:
    return pb.HeatmapRequest(
        category=category, version=version, picture=to_picture(picture, bit_depth, page), format=format
    )


def heatmap_format(style: str) -> pb.HeatmapRequest.Format:
    if style not in STYLES:
        raise ValueError(f"there is no style {style!r}; wanted one of {', '.join(STYLES)}")
    return STYLES[style]


def set_threshold(
    category: str, threshold: float | None, false_alarm_rate: float | None, version: int, keep_active: bool
) -> pb.SetThresholdRequest:
    if (threshold is None) == (false_alarm_rate is None):
        raise ValueError("give either a threshold or a false alarm rate")
    return pb.SetThresholdRequest(
        category=category,
        version=version,
        threshold=threshold,
        false_alarm_rate=false_alarm_rate,
        keep_active=keep_active,
    )


def health_service(category: str) -> str:
    """The name under which grpc.health.v1 knows a category; of the server itself when there is none."""
    return f"category/{category}" if category else ""


def expected(pictures: Iterable[PictureLike]) -> int:
    return len(pictures) if isinstance(pictures, Sized) else 0


def is_replayable(pictures: Iterable[PictureLike]) -> bool:
    """Whether the pictures can be gone through a second time."""
    return not isinstance(pictures, Iterator)


def train_start(
    category: str,
    options: CategoryOptions | None,
    skip_bad_pictures: bool,
    keep_active: bool,
    outliers: OutlierAction,
    expected_pictures: int,
) -> pb.TrainRequest:
    return pb.TrainRequest(
        start=pb.TrainRequest.Start(
            category=category,
            options=convert.options_to_wire(options or CategoryOptions()),
            skip_bad_pictures=skip_bad_pictures,
            keep_active=keep_active,
            expected_pictures=expected_pictures,
            outliers=convert.OUTLIER_ACTIONS[OutlierAction(outliers)],
        )
    )


def recalibrate_start(
    category: str,
    version: int,
    skip_bad_pictures: bool,
    keep_active: bool,
    outliers: OutlierAction,
    expected_pictures: int,
) -> pb.RecalibrateCategoryRequest:
    return pb.RecalibrateCategoryRequest(
        start=pb.RecalibrateCategoryRequest.Start(
            category=category,
            version=version,
            skip_bad_pictures=skip_bad_pictures,
            keep_active=keep_active,
            expected_pictures=expected_pictures,
            outliers=convert.OUTLIER_ACTIONS[OutlierAction(outliers)],
        )
    )


class Course:
    """What a training's answers have said so far."""

    def __init__(self) -> None:
        #: The server has begun to work: from then on it may have published a version whatever happens to the call.
        self.begun = False
        self.result: TrainResult | None = None

    def take(self, response: pb.TrainResponse) -> TrainProgress | None:
        """Takes an answer; returns the progress that is in it, if one is."""
        if response.HasField("result"):
            self.result = convert.train_result(response.result)
        if not response.HasField("progress"):
            return None
        if response.progress.phase != pb.TrainProgress.WAITING:
            self.begun = True
        return convert.progress(response.progress)

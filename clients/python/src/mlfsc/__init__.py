"""Client of mlfsc, the visual inspection server: learns what good product looks like, scores pictures, shows where they depart.

    import mlfsc

    with mlfsc.Client("127.0.0.1:50051") as client:
        client.train("carpet", sorted(pathlib.Path("carpet/train/good").glob("*.png")))
        inspection = client.score("carpet", "part.png")
        print(inspection.verdict, inspection.normalized_score)
"""

from mlfsc.aio import AsyncClient
from mlfsc.client import Client
from mlfsc.connection import Tls
from mlfsc.errors import (
    AlreadyExistsError,
    CancelledError,
    DataLossError,
    DeadlineExceededError,
    Error,
    FailedPreconditionError,
    ForkedError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnknownError,
)
from mlfsc.options import CategoryOptions, Coder, FeatureSource, OutlierAction, ResizeMethod, ScoreMethod
from mlfsc.pictures import PictureLike, PictureWarning, SampleTypeError
from mlfsc.results import (
    Calibration,
    Category,
    CategoryStatistics,
    ChannelScore,
    Health,
    Heatmap,
    HeatmapPicture,
    ImportResult,
    Inspection,
    LayerScore,
    LeftOutPicture,
    Notice,
    NoticeCode,
    Outlier,
    Phase,
    PictureNotice,
    QueueStatistics,
    Region,
    StageTimes,
    Statistics,
    TrafficMinute,
    TrainProgress,
    TrainResult,
    Verdict,
    Version,
    ViewScore,
)
from mlfsc.retry import RetryOptions

__all__ = [
    "AlreadyExistsError",
    "AsyncClient",
    "Calibration",
    "CancelledError",
    "Category",
    "CategoryOptions",
    "CategoryStatistics",
    "ChannelScore",
    "Client",
    "Coder",
    "DataLossError",
    "DeadlineExceededError",
    "Error",
    "FailedPreconditionError",
    "FeatureSource",
    "ForkedError",
    "Health",
    "Heatmap",
    "HeatmapPicture",
    "ImportResult",
    "Inspection",
    "InternalError",
    "InvalidArgumentError",
    "LayerScore",
    "LeftOutPicture",
    "NotFoundError",
    "Notice",
    "NoticeCode",
    "Outlier",
    "OutlierAction",
    "PermissionDeniedError",
    "Phase",
    "PictureLike",
    "PictureNotice",
    "PictureWarning",
    "QueueStatistics",
    "Region",
    "ResizeMethod",
    "ResourceExhaustedError",
    "RetryOptions",
    "SampleTypeError",
    "ScoreMethod",
    "StageTimes",
    "Statistics",
    "Tls",
    "TrafficMinute",
    "TrainProgress",
    "TrainResult",
    "UnauthenticatedError",
    "UnavailableError",
    "UnknownError",
    "Verdict",
    "Version",
    "ViewScore",
]

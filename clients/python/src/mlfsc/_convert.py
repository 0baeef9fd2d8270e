"""Messages of the wire to plain data and back."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2
from PIL import Image

from mlfsc.errors import InternalError
from mlfsc.options import CategoryOptions, Coder, FeatureSource, OutlierAction, ResizeMethod, ScoreMethod
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
from mlfsc.v1 import inspection_pb2 as pb

_SOURCES = {
    FeatureSource.PYRAMID: pb.PYRAMID,
    FeatureSource.SINGLE_PASS: pb.SINGLE_PASS,
    FeatureSource.PIXELS: pb.PIXELS,
}
_RESIZES = {ResizeMethod.AREA: pb.AREA, ResizeMethod.BILINEAR: pb.BILINEAR}
_CODERS = {Coder.LASSO: pb.LASSO, Coder.OMP: pb.OMP}
_METHODS = {ScoreMethod.FUSED: pb.FUSED, ScoreMethod.WHITENED: pb.WHITENED, ScoreMethod.SUM: pb.SUM}
OUTLIER_ACTIONS = {OutlierAction.WARN: pb.WARN, OutlierAction.DROP: pb.DROP}
_NOTICE_CODES = {
    NoticeCode.FEW_PICTURES: pb.Notice.FEW_PICTURES,
    NoticeCode.COPIES: pb.Notice.COPIES,
    NoticeCode.NOK_OUT_OF_REACH: pb.Notice.NOK_OUT_OF_REACH,
    NoticeCode.THRESHOLD_REPLACED: pb.Notice.THRESHOLD_REPLACED,
}
_NUMBERS = (
    "input_size patch_size stride atoms alpha nonzeros top_residuals top_patches false_alarm_rate epochs batch_pictures seed"
).split()


def _key_of(table: dict[Any, Any], value: object) -> Any:
    return next((key for key, known in table.items() if known == value), None)


def options_to_wire(options: CategoryOptions) -> pb.CategoryOptions:
    wire = pb.CategoryOptions()
    # Words are taken as well: FeatureSource("pixels") is FeatureSource.PIXELS; another word is a ValueError here.
    if options.feature_source is not None:
        wire.feature_source = _SOURCES[FeatureSource(options.feature_source)]
    if options.resize is not None:
        wire.resize = _RESIZES[ResizeMethod(options.resize)]
    if options.coder is not None:
        wire.coder = _CODERS[Coder(options.coder)]
    if options.score_method is not None:
        wire.score_method = _METHODS[ScoreMethod(options.score_method)]
    for name in _NUMBERS:
        value = getattr(options, name)
        if value is not None:
            setattr(wire, name, value)
    return wire


def options(wire: pb.CategoryOptions) -> CategoryOptions:
    numbers = {name: getattr(wire, name) for name in _NUMBERS if wire.HasField(name)}
    return CategoryOptions(
        feature_source=_key_of(_SOURCES, wire.feature_source),
        resize=_key_of(_RESIZES, wire.resize),
        coder=_key_of(_CODERS, wire.coder),
        score_method=_key_of(_METHODS, wire.score_method),
        **numbers,
    )


def _time(wire: Timestamp) -> datetime.datetime:
    return wire.ToDatetime(tzinfo=datetime.timezone.utc)


def inspection(wire: pb.Inspection) -> Inspection:
    times = wire.stage_times
    return Inspection(
        category=wire.category,
        version=wire.version,
        verdict=Verdict(pb.Verdict.Name(wire.verdict)),
        normalized_score=wire.normalized_score,
        raw_score=wire.raw_score,
        threshold=wire.threshold,
        layers=tuple(_layer(layer) for layer in wire.layers),
        regions=tuple(_region(region) for region in wire.regions),
        picture_width=wire.picture_width,
        picture_height=wire.picture_height,
        stage_times=StageTimes(
            decode=times.decode,
            queue=times.queue,
            features=times.features,
            coding=times.coding,
            scoring=times.scoring,
            encode=times.encode,
            total=times.total,
        ),
        notice=wire.notice,
        views=tuple(ViewScore(view=view.view, deviations=view.deviations) for view in wire.views),
    )


def _layer(wire: pb.LayerScore) -> LayerScore:
    channels = tuple(ChannelScore(channel.channel, channel.score) for channel in wire.top_channels)
    return LayerScore(wire.layer, wire.score, channels)


def _region(wire: pb.Region) -> Region:
    return Region(
        x=wire.x,
        y=wire.y,
        width=wire.width,
        height=wire.height,
        area=wire.area,
        peak=wire.peak,
        peak_x=wire.peak_x,
        peak_y=wire.peak_y,
        center_x=wire.center_x,
        center_y=wire.center_y,
    )


def heatmap(wire: pb.HeatmapResponse) -> Heatmap:
    size = (wire.inspection.picture_height, wire.inspection.picture_width)
    values = np.frombuffer(wire.map, dtype="<f4")
    if values.size != size[0] * size[1]:
        raise InternalError(f"the map has {values.size} values for {size[1]}x{size[0]} px")
    return Heatmap(
        inspection=inspection(wire.inspection),
        # A copy, for the caller to change.
        map=values.reshape(size).astype(np.float32),
        scale_low=wire.scale_low,
        scale_high=wire.scale_high,
        region_threshold=wire.region_threshold,
    )


def heatmap_picture(wire: pb.HeatmapResponse) -> HeatmapPicture:
    image = Image.open(io.BytesIO(wire.map), formats=["PNG"])
    image.load()
    return HeatmapPicture(
        inspection=inspection(wire.inspection),
        image=image,
        scale_low=wire.scale_low,
        scale_high=wire.scale_high,
        region_threshold=wire.region_threshold,
    )


def version(wire: pb.Version) -> Version:
    limits = wire.calibration
    return Version(
        version=wire.version,
        options=options(wire.options),
        calibration=Calibration(
            pictures=limits.pictures,
            log_mean=limits.log_mean,
            log_deviation=limits.log_deviation,
            false_alarm_rate=limits.false_alarm_rate,
            threshold=limits.threshold,
            review_low=limits.review_low,
            review_high=limits.review_high,
            degrees_of_freedom=limits.degrees_of_freedom,
        ),
        pictures=wire.pictures,
        create_time=_time(wire.create_time),
        backbone_sha256=wire.backbone_sha256,
        program_version=wire.program_version,
        error=wire.error,
        outliers=_key_of(OUTLIER_ACTIONS, wire.outliers),
        outliers_dropped=wire.outliers_dropped,
        arithmetic=wire.arithmetic,
        arithmetic_note=wire.arithmetic_note,
    )


def category(wire: pb.Category) -> Category:
    return Category(wire.category, wire.active_version, tuple(version(v) for v in wire.versions), wire.error)


def categories(wire: pb.ListCategoriesResponse) -> list[Category]:
    return [category(c) for c in wire.categories]


def progress(wire: pb.TrainProgress) -> TrainProgress:
    return TrainProgress(
        phase=Phase(pb.TrainProgress.Phase.Name(wire.phase).lower()),
        pictures_done=wire.pictures_done,
        pictures_total=wire.pictures_total,
        objective=wire.objective,
        seconds_left=wire.seconds_left if wire.seconds_left >= 0 else None,
    )


def train_result(wire: pb.TrainResult) -> TrainResult:
    return TrainResult(
        version=version(wire.version),
        pictures_skipped=wire.pictures_skipped,
        independent_pictures=wire.independent_pictures,
        outliers=tuple(Outlier(one.picture, "", one.score, one.reason, one.dropped) for one in wire.outliers),
        notices=tuple(
            Notice(_key_of(_NOTICE_CODES, notice.code) or NoticeCode.OTHER, notice.text) for notice in wire.notices
        ),
        picture_notices=tuple(
            PictureNotice(notice.text, notice.picture, notice.pictures) for notice in wire.picture_notices
        ),
        left_out=tuple(LeftOutPicture(one.picture, "", one.error) for one in wire.skipped),
    )


def import_result(wire: pb.ImportCategoryResponse) -> ImportResult:
    return ImportResult(wire.category, version(wire.version))


def statistics(wire: pb.GetStatisticsResponse) -> Statistics:
    return Statistics(
        start_time=_time(wire.start_time),
        categories=tuple(_category_statistics(wire.categories)),
        queues=tuple(QueueStatistics(queue.stage, queue.waiting, queue.capacity) for queue in wire.queues),
        trainings=wire.trainings,
        max_message_bytes=wire.max_message_bytes,
    )


def _category_statistics(wire: Iterable[pb.CategoryStatistics]) -> Iterable[CategoryStatistics]:
    for one in wire:
        yield CategoryStatistics(
            category=one.category,
            ok=one.ok,
            review=one.review,
            nok=one.nok,
            score_histogram=tuple(one.score_histogram),
            minutes=tuple(
                TrafficMinute(_time(m.start_time), m.pictures, m.flagged, m.mean_normalized_score) for m in one.minutes
            ),
        )


def health(wire: health_pb2.HealthCheckResponse) -> Health:
    if wire.status == health_pb2.HealthCheckResponse.SERVING:
        return Health.SERVING
    if wire.status == health_pb2.HealthCheckResponse.NOT_SERVING:
        return Health.NOT_SERVING
    return Health.UNKNOWN

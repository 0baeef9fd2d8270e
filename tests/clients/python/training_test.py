"""Learning categories and what is done with their versions."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import mlfsc
from clients.conftest import QUICK, UNHURRIED, Pixels, cloth


def test_training_tells_its_progress_and_gives_the_version(client: mlfsc.Client, good: list[Pixels]) -> None:
    heard: list[mlfsc.TrainProgress] = []
    result = client.train("progress", good, options=UNHURRIED, on_progress=heard.append)
    assert result.version.version == 1 and result.pictures_skipped == 0
    assert result.version.pictures == result.version.calibration.pictures == len(good)
    assert result.version.options.feature_source == mlfsc.FeatureSource.PIXELS
    assert result.version.options.resize == mlfsc.ResizeMethod.AREA
    assert result.version.options.atoms == 8 and result.version.options.alpha == 1.0
    assert result.version.calibration.review_low < result.version.calibration.threshold
    assert result.version.calibration.threshold < result.version.calibration.review_high
    age = datetime.datetime.now(datetime.timezone.utc) - result.version.create_time
    assert abs(age) < datetime.timedelta(minutes=5)
    phases = [progress.phase for progress in heard]
    assert phases == sorted(phases, key=list(mlfsc.Phase).index)
    assert {mlfsc.Phase.FEATURES, mlfsc.Phase.LEARNING} <= set(phases)
    assert {p.pictures_total for p in heard if p.phase == mlfsc.Phase.FEATURES} == {len(good)}
    # The server tells its newest progress only, and publishing is short: the result may overtake it.
    while mlfsc.Phase.PUBLISHING not in {progress.phase for progress in heard}:
        client.train("progress", good, options=UNHURRIED, on_progress=heard.append)


def test_versions_come_and_go(client: mlfsc.Client, good: list[Pixels]) -> None:
    client.train("versions", good, options=QUICK)
    client.train("versions", good[:4], options=QUICK, keep_active=True)
    category = client.get_category("versions")
    assert [version.version for version in category.versions] == [1, 2] and category.active_version == 1
    assert "versions" in [listed.category for listed in client.list_categories()]

    assert client.activate_version("versions", 2).active_version == 2
    assert client.score("versions", cloth(0)).version == 2
    assert client.score("versions", cloth(0), version=1).version == 1
    with pytest.raises(mlfsc.FailedPreconditionError):
        client.delete_version("versions", 2)
    assert [version.version for version in client.delete_version("versions", 1).versions] == [2]
    with pytest.raises(mlfsc.NotFoundError):
        client.activate_version("versions", 1)


def test_options_are_taken_as_words_too(client: mlfsc.Client, good: list[Pixels]) -> None:
    words = mlfsc.CategoryOptions(
        feature_source="pixels", input_size=128, atoms=4, epochs=1, score_method="sum", resize="bilinear"  # type: ignore[arg-type]
    )
    learnt = client.train("words", good, options=words).version.options
    assert learnt.score_method == mlfsc.ScoreMethod.SUM and learnt.resize == mlfsc.ResizeMethod.BILINEAR
    with pytest.raises(ValueError, match="vgg19"):
        client.train("words", good, options=mlfsc.CategoryOptions(feature_source="vgg19"))  # type: ignore[arg-type]
    with pytest.raises(mlfsc.InvalidArgumentError, match="100000"):
        client.train("words", good, options=mlfsc.CategoryOptions(input_size=128, atoms=100000))


def test_a_bad_picture_ends_it_unless_it_may_be_skipped(client: mlfsc.Client, good: list[Pixels]) -> None:
    pictures: list[mlfsc.PictureLike] = [*good, b"no picture"]
    with pytest.raises(mlfsc.InvalidArgumentError, match="picture 8"):
        client.train("skipping", pictures, options=QUICK)
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category("skipping")
    result = client.train("skipping", pictures, options=QUICK, skip_bad_pictures=True)
    assert result.pictures_skipped == 1
    assert [(one.picture, one.name) for one in result.left_out] == [(8, "")] and "PNG" in result.left_out[0].reason


def test_outliers_are_named_by_their_files_and_kept_out_when_asked_for(
    client: mlfsc.Client, good: list[Pixels], tmp_path: Path
) -> None:
    black = tmp_path / "black.png"
    Image.new("RGB", (good[0].shape[1], good[0].shape[0])).save(black)
    pictures: list[mlfsc.PictureLike] = [good[0], black, *good[1:]]
    warned = client.train("outliers", pictures, options=QUICK)
    (outlier,) = warned.outliers
    assert (outlier.picture, outlier.name, outlier.dropped) == (1, str(black), False)
    assert outlier.reason == "black: brightest grey 0 of 255"
    assert warned.version.outliers == mlfsc.OutlierAction.WARN and warned.version.pictures == len(pictures)

    dropped = client.train("outliers", pictures, options=QUICK, outliers=mlfsc.OutlierAction.DROP)
    assert [one.dropped for one in dropped.outliers] == [True]
    assert dropped.version.outliers == mlfsc.OutlierAction.DROP and dropped.version.outliers_dropped == 1
    assert dropped.version.pictures == dropped.independent_pictures == len(good)
    assert dropped.version.calibration == client.train("clean", good, options=QUICK).version.calibration

    more: list[mlfsc.PictureLike] = [*good, black]
    recalibrated = client.recalibrate("outliers", more, outliers=mlfsc.OutlierAction.DROP)
    assert [(one.name, one.dropped) for one in recalibrated.outliers] == [(str(black), True)]
    assert recalibrated.version.calibration.pictures == len(good)


def test_few_pictures_and_copies_are_said(client: mlfsc.Client, good: list[Pixels]) -> None:
    result = client.train("few", [good[0], good[1], good[2], good[2]], options=QUICK)
    assert result.independent_pictures == result.version.calibration.pictures == 3
    assert {mlfsc.NoticeCode.COPIES, mlfsc.NoticeCode.FEW_PICTURES} <= {notice.code for notice in result.notices}
    assert any("guesses" in notice.text for notice in result.notices)
    with pytest.raises(mlfsc.FailedPreconditionError, match="copies of one"):
        client.train("few", [good[0]] * 3, options=QUICK)


def test_a_picture_that_cannot_be_read_ends_it_with_its_own_error(
    client: mlfsc.Client, good: list[Pixels], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="gone.png"):
        client.train("unread", [*good, tmp_path / "gone.png"], options=QUICK)
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category("unread")


def test_a_caller_who_gives_up_leaves_nothing_behind(client: mlfsc.Client, good: list[Pixels]) -> None:
    class Enough(Exception):
        pass

    def give_up(progress: mlfsc.TrainProgress) -> None:
        raise Enough

    given_up = threading.Event()

    def pictures() -> Iterator[Pixels]:
        yield from good
        # The training cannot be over before.
        given_up.wait()

    with pytest.raises(Enough):
        client.train("given-up", pictures(), options=QUICK, on_progress=give_up)
    given_up.set()
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category("given-up")


def test_pictures_may_come_one_by_one(client: mlfsc.Client, good: list[Pixels]) -> None:
    def camera() -> Iterator[Pixels]:
        yield from good

    assert client.train("camera", camera(), options=QUICK).version.pictures == len(good)


def test_the_server_and_each_category_tell_their_health(client: mlfsc.Client, category: str) -> None:
    assert client.health() == mlfsc.Health.SERVING
    assert client.health(category) == mlfsc.Health.SERVING
    assert client.health("nothing-here") == mlfsc.Health.UNKNOWN


def test_a_threshold_moves_as_a_version_of_its_own(client: mlfsc.Client, good: list[Pixels]) -> None:
    learnt = client.train("threshold", good, options=QUICK).version
    moved = client.set_threshold("threshold", threshold=2 * learnt.calibration.threshold)
    assert moved.active_version == 2
    assert moved.versions[1].calibration.threshold == pytest.approx(2 * learnt.calibration.threshold)
    waiting = client.set_threshold("threshold", false_alarm_rate=0.05, version=1, keep_active=True)
    assert waiting.active_version == 2
    assert waiting.versions[2].calibration.false_alarm_rate == 0.05
    assert waiting.versions[2].calibration.threshold < learnt.calibration.threshold
    with pytest.raises(mlfsc.InvalidArgumentError, match="0.5"):
        client.set_threshold("threshold", false_alarm_rate=0.5)


def test_a_category_goes_whole(client: mlfsc.Client, good: list[Pixels]) -> None:
    client.train("leaving", good, options=QUICK)
    client.delete_category("leaving")
    with pytest.raises(mlfsc.NotFoundError):
        client.get_category("leaving")
    with pytest.raises(mlfsc.NotFoundError):
        client.delete_category("leaving")


def test_statistics_count_what_was_answered(client: mlfsc.Client, good: list[Pixels]) -> None:
    client.train("counted", good, options=QUICK)
    verdicts = [client.score("counted", cloth(i, hole=i > 2)).verdict for i in range(5)]
    (counted,) = client.statistics("counted").categories
    assert (counted.ok, counted.review, counted.nok) == tuple(verdicts.count(verdict) for verdict in mlfsc.Verdict)
    assert sum(counted.score_histogram) == 5 and len(counted.score_histogram) == 20
    assert sum(minute.pictures for minute in counted.minutes) == 5
    everything = client.statistics()
    assert "counted" in {one.category for one in everything.categories}
    assert {queue.stage for queue in everything.queues} == {"decode", "features", "coding", "encode"}
    assert everything.start_time <= counted.minutes[0].start_time + datetime.timedelta(minutes=1)

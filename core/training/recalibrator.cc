#include "core/training/recalibrator.h"

#include <utility>

#include <opencv2/core.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/scoring/calibration.h"
#include "core/scoring/heatmap.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<Recalibrator>> Recalibrator::Create(Bundle bundle, int64_t max_pictures,
                                                                   ThreadPool* pool) {
  absl::StatusOr<std::unique_ptr<const PictureScorer>> scorer = PictureScorer::Make(bundle);
  if (!scorer.ok()) return scorer.status();
  return std::unique_ptr<Recalibrator>(
      new Recalibrator(std::move(bundle), max_pictures, pool, *std::move(scorer)));
}

Recalibrator::Recalibrator(Bundle bundle, int64_t max_pictures, ThreadPool* pool,
                           std::unique_ptr<const PictureScorer> scorer)
    : bundle_(std::move(bundle)),
      max_pictures_(max_pictures),
      pool_(pool),
      scorer_(std::move(scorer)) {}

absl::Status Recalibrator::AddPicture(PictureFeatures features) {
  if (pictures() >= max_pictures_) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the recalibration has more than %d pictures; that is the limit", max_pictures_));
  }
  const CategoryOptions& options = bundle_.manifest.options;
  const absl::StatusOr<CodedPicture> coded = scorer_->Code(std::move(features), pool_);
  if (!coded.ok()) return coded.status();
  const PictureScore score = scorer_->Score(*coded, pool_);
  const int side = options.features.input_size;
  double maximum = 0;
  cv::minMaxLoc(RenderHeatmap(score.map, MapGeometryOf(options), side, side), nullptr, &maximum);
  scores_.push_back(score.raw);
  maxima_.push_back(maximum);
  return absl::OkStatus();
}

absl::StatusOr<Bundle> Recalibrator::Finish(ThreadPool*,
                                            const std::function<bool(const TrainingProgress&)>& progress) {
  // The limits' own: the options say what was asked for when it was learnt.
  const double rate = bundle_.manifest.calibration.false_alarm_rate;
  const absl::StatusOr<Calibration> calibration = Calibrate(scores_, rate);
  if (!calibration.ok()) return calibration.status();
  const absl::StatusOr<Calibration> map_calibration = Calibrate(maxima_, rate);
  if (!map_calibration.ok()) return map_calibration.status();
  bundle_.manifest.calibration = *calibration;
  bundle_.manifest.map_calibration = *map_calibration;
  if (progress != nullptr && !progress({TrainingPhase::kCalibration, pictures(), pictures(), 0})) {
    return absl::CancelledError("the recalibration was cancelled");
  }
  return std::move(bundle_);
}

}  // namespace mlfsc

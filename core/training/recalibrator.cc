#include "core/training/recalibrator.h"

#include <utility>

#include <opencv2/core.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "core/scoring/heatmap.h"
#include "core/training/calibrate_groups.h"
#include "core/training/copies.h"
#include "core/training/notices.h"
#include "core/training/outliers.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<Recalibrator>> Recalibrator::Create(Bundle bundle, int64_t max_pictures,
                                                                   Workers workers, OutlierAction outliers) {
  absl::StatusOr<std::unique_ptr<const PictureScorer>> scorer = PictureScorer::Make(bundle);
  if (!scorer.ok()) return scorer.status();
  return std::unique_ptr<Recalibrator>(
      new Recalibrator(std::move(bundle), max_pictures, workers, outliers, *std::move(scorer)));
}

Recalibrator::Recalibrator(Bundle bundle, int64_t max_pictures, Workers workers, OutlierAction outliers,
                           std::unique_ptr<const PictureScorer> scorer)
    : bundle_(std::move(bundle)),
      max_pictures_(max_pictures),
      workers_(workers),
      outliers_(outliers),
      scorer_(std::move(scorer)) {}

absl::Status Recalibrator::AddPicture(PictureFeatures features, const PictureSignature* signature) {
  if (pictures() >= max_pictures_) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the recalibration has more than %d pictures; that is the limit", max_pictures_));
  }
  const CategoryOptions& options = bundle_.manifest.options;
  const absl::StatusOr<CodedPicture> coded = scorer_->Code(std::move(features), workers_);
  if (!coded.ok()) return coded.status();
  const PictureScore score = scorer_->Score(*coded, workers_);
  const int side = options.features.input_size;
  double maximum = 0;
  cv::minMaxLoc(RenderHeatmap(score.map, MapGeometryOf(options), side, side), nullptr, &maximum);
  scores_.push_back(score.raw);
  maxima_.push_back(maximum);
  if (signature != nullptr) signatures_.push_back(*signature);
  return absl::OkStatus();
}

absl::StatusOr<Bundle> Recalibrator::Finish(Workers workers,
                                            const std::function<bool(const TrainingProgress&)>& progress) {
  // The limits' own: the options say what was asked for when it was learnt.
  const Calibration before = bundle_.manifest.calibration;
  const double rate = before.false_alarm_rate;
  if (signatures_.size() != scores_.size()) signatures_.clear();
  absl::StatusOr<CopyGroups> found = Contained("recalibrating", [&]() -> absl::StatusOr<CopyGroups> {
    if (signatures_.empty()) return CopyGroups::None(static_cast<int>(pictures()));
    return GroupCopies(signatures_, workers.cancellation());
  });
  if (!found.ok()) return found.status();
  CopyGroups groups = *std::move(found);
  if (absl::Status status = CheckIndependent(groups); !status.ok()) return status;
  findings_.outliers = FindOutliers(scores_, groups, signatures_, rate);
  std::vector<double> scores = scores_;
  std::vector<double> maxima = maxima_;
  if (outliers_ == OutlierAction::kDrop) {
    std::vector<int64_t> kept;
    scores.clear();
    maxima.clear();
    auto outlier = findings_.outliers.begin();
    for (int64_t picture = 0; picture < pictures(); ++picture) {
      if (outlier != findings_.outliers.end() && outlier->picture == picture) {
        (outlier++)->dropped = true;
        continue;
      }
      kept.push_back(picture);
      scores.push_back(scores_[picture]);
      maxima.push_back(maxima_[picture]);
    }
    groups = groups.Only(kept);
  }
  if (absl::Status status = CalibrateGroups(scores, maxima, groups, rate, &bundle_.manifest); !status.ok()) {
    return status;
  }
  findings_.independent_pictures = groups.count;
  findings_.notices = NoticesOf(bundle_.manifest.calibration, static_cast<int>(scores.size()));
  if (rate != bundle_.manifest.options.scoring.false_alarm_rate) {
    findings_.notices.push_back(ThresholdReplaced(before, bundle_.manifest.calibration));
  }
  if (progress != nullptr && !progress({TrainingPhase::kCalibration, pictures(), pictures(), 0})) {
    return absl::CancelledError("the recalibration was cancelled");
  }
  return std::move(bundle_);
}

}  // namespace mlfsc

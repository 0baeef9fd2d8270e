// New limits for a bundle from more good pictures.
#ifndef MLFSC_CORE_TRAINING_RECALIBRATOR_H_
#define MLFSC_CORE_TRAINING_RECALIBRATOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/picture_scorer.h"
#include "core/training/learner.h"

namespace mlfsc {

// Scores pictures that the bundle was not learnt from with its own dictionaries and statistics, as a request
// would, and calibrates on those scores at the rate that its present limits have. All else of the bundle
// stays. Memory grows by two numbers and a signature a picture.
class Recalibrator : public Learner {
 public:
  // `workers` code each picture as it is added; they outlive the object. AddPicture throws WorkCancelled.
  // `outliers`: kDrop keeps what is named out of the calibration. Internal or InvalidArgument for a bundle
  // that cannot score.
  static absl::StatusOr<std::unique_ptr<Recalibrator>> Create(Bundle bundle, int64_t max_pictures,
                                                              Workers workers,
                                                              OutlierAction outliers = OutlierAction::kWarn);

  absl::Status AddPicture(PictureFeatures features, const PictureSignature* signature) override;
  using Learner::AddPicture;
  int64_t pictures() const override { return static_cast<int64_t>(scores_.size()); }
  absl::StatusOr<Bundle> Finish(Workers workers,
                                const std::function<bool(const TrainingProgress&)>& progress) override;
  const TrainingFindings& findings() const override { return findings_; }

 private:
  Recalibrator(Bundle bundle, int64_t max_pictures, Workers workers, OutlierAction outliers,
               std::unique_ptr<const PictureScorer> scorer);

  Bundle bundle_;
  const int64_t max_pictures_;
  const Workers workers_;
  const OutlierAction outliers_;
  const std::unique_ptr<const PictureScorer> scorer_;
  // Of each picture: its score, and the maximum of its heatmap at the input's own size.
  std::vector<double> scores_;
  std::vector<double> maxima_;
  // Of all pictures, or fewer when some have none.
  std::vector<PictureSignature> signatures_;
  TrainingFindings findings_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_RECALIBRATOR_H_

#include "core/training/trainer.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "core/features/feature_extractor.h"
#include "core/scoring/appearance_vectors.h"
#include "core/training/appearance_learner.h"
#include "core/training/calibrate_groups.h"
#include "core/training/copies.h"
#include "core/training/learning.h"
#include "core/training/make_bundle.h"
#include "core/training/map_spool.h"
#include "core/training/notices.h"
#include "core/training/outliers.h"
#include "core/training/spool_size.h"
#include "core/training/training_cost.h"

namespace mlfsc {
namespace {

// Trainings that begin anew without what was named in the last one.
constexpr int kMostTimesDropped = 3;

}  // namespace

class Trainer::Impl {
 public:
  Impl(const CategoryOptions& options, const TrainerOptions& trainer_options,
       std::unique_ptr<FeatureSpool> features, std::unique_ptr<AppearanceSpool> appearance)
      : options_(options),
        trainer_options_(trainer_options),
        spool_size_(SpoolSizeOf(options)),
        features_(std::move(features)),
        appearance_(std::move(appearance)) {}

  absl::Status AddPicture(PictureFeatures features, const PictureSignature* signature) {
    if (pictures() >= trainer_options_.max_pictures) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the training has more than %d pictures; that is the limit", trainer_options_.max_pictures));
    }
    // What is there now has its residuals still before it.
    const int64_t needed = spool_size_.added() + (pictures() + 1) * spool_size_.residuals;
    if (absl::Status status = CheckRoom(trainer_options_.spool, needed, pictures() + 1); !status.ok())
      return status;
    AppearanceVectors vectors;
    if (appearance_ != nullptr) {
      absl::StatusOr<AppearanceVectors> made = MakeAppearanceVectors(options_.features, features.appearance);
      if (!made.ok()) return made.status();
      vectors = *std::move(made);
    }
    absl::StatusOr<PictureFeatures> standardised = Standardise(options_.features, std::move(features));
    if (!standardised.ok()) return standardised.status();
    if (appearance_ != nullptr) {
      absl::Status status = appearance_->Append(ToSpooled(std::move(vectors)));
      if (!status.ok()) return status;
    }
    const absl::Status appended = features_->Append(standardised->maps);
    if (appended.ok() && signature != nullptr) signatures_.push_back(*signature);
    return appended;
  }

  int64_t pictures() const { return features_->pictures(); }

  absl::StatusOr<Bundle> Finish(Workers workers,
                                const std::function<bool(const TrainingProgress&)>& progress) {
    if (static_cast<int64_t>(signatures_.size()) != pictures()) signatures_.clear();
    std::vector<int64_t> kept(pictures());
    std::iota(kept.begin(), kept.end(), 0);
    for (int times_dropped = 0;; ++times_dropped) {
      const CopyGroups groups = signatures_.empty() ? CopyGroups::None(static_cast<int>(pictures()))
                                                    : GroupCopies(signatures_, workers.cancellation());
      if (absl::Status status = CheckIndependent(groups); !status.ok()) return status;
      std::vector<double> scores;
      absl::StatusOr<Bundle> bundle = MakeBundle(options_, *features_, appearance_.get(), groups,
                                                 trainer_options_.spool, workers, progress, &scores);
      if (!bundle.ok()) return bundle.status();
      const std::vector<Outlier> outliers =
          FindOutliers(scores, groups, signatures_, options_.scoring.false_alarm_rate);
      const bool drop =
          trainer_options_.outliers == OutlierAction::kDrop && times_dropped < kMostTimesDropped;
      for (Outlier outlier : outliers) {
        outlier.picture = kept[outlier.picture];
        outlier.dropped = drop;
        findings_.outliers.push_back(std::move(outlier));
      }
      if (outliers.empty() || !drop) return Finished(*std::move(bundle));
      Drop(outliers, &kept);
    }
  }

  const TrainingFindings& findings() const { return findings_; }

 private:
  // Leaves the pictures out from now on. `kept`: the numbers under which those that are left were added.
  void Drop(const std::vector<Outlier>& outliers, std::vector<int64_t>* kept) {
    std::set<int64_t> dropped;
    for (const Outlier& outlier : outliers) dropped.insert(outlier.picture);
    std::vector<int64_t> left;
    std::vector<int64_t> kept_now;
    std::vector<PictureSignature> signatures;
    for (int64_t picture = 0; picture < pictures(); ++picture) {
      if (dropped.count(picture) > 0) continue;
      left.push_back(picture);
      kept_now.push_back((*kept)[picture]);
      if (!signatures_.empty()) signatures.push_back(signatures_[picture]);
    }
    features_->KeepOnly(left);
    if (appearance_ != nullptr) appearance_->KeepOnly(left);
    signatures_ = std::move(signatures);
    *kept = std::move(kept_now);
  }

  Bundle Finished(Bundle bundle) {
    const auto by_picture = [](const Outlier& a, const Outlier& b) { return a.picture < b.picture; };
    std::sort(findings_.outliers.begin(), findings_.outliers.end(), by_picture);
    const Calibration& calibration = bundle.manifest.calibration;
    findings_.independent_pictures = calibration.pictures;
    findings_.notices = NoticesOf(calibration, static_cast<int>(pictures()));
    Provenance& provenance = bundle.manifest.provenance;
    provenance.outliers = trainer_options_.outliers;
    for (const Outlier& outlier : findings_.outliers) provenance.outliers_dropped += outlier.dropped ? 1 : 0;
    return bundle;
  }

  const CategoryOptions options_;
  const TrainerOptions trainer_options_;
  const SpoolSize spool_size_;
  const std::unique_ptr<FeatureSpool> features_;
  // Null unless the score is kFused.
  const std::unique_ptr<AppearanceSpool> appearance_;
  // Of the pictures that are not dropped; empty when some have none.
  std::vector<PictureSignature> signatures_;
  TrainingFindings findings_;
};

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const CategoryOptions& options,
                                                         const TrainerOptions& trainer_options) {
  if (absl::Status status = Validate(options); !status.ok()) return status;
  if (absl::Status status = CheckTrainingCost(options); !status.ok()) return status;
  // The client's word: more than may be come to nothing anyway.
  const int64_t expected = std::min(trainer_options.expected_pictures, trainer_options.max_pictures);
  if (absl::Status status =
          CheckRoom(trainer_options.spool, expected * SpoolSizeOf(options).total(), expected);
      !status.ok()) {
    return status;
  }
  absl::StatusOr<std::unique_ptr<FeatureSpool>> features =
      FeatureSpool::Create(trainer_options.spool, SpooledFeatures(options.features));
  if (!features.ok()) return features.status();
  std::unique_ptr<AppearanceSpool> appearance;
  if (options.scoring.method == ScoreMethod::kFused) {
    absl::StatusOr<std::unique_ptr<AppearanceSpool>> created =
        AppearanceSpool::Create(trainer_options.spool, ToSpooled(AppearanceShape(options.features)));
    if (!created.ok()) return created.status();
    appearance = *std::move(created);
  }
  return std::unique_ptr<Trainer>(new Trainer(
      std::make_unique<Impl>(options, trainer_options, *std::move(features), std::move(appearance))));
}

Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trainer::~Trainer() = default;

absl::Status Trainer::AddPicture(PictureFeatures features, const PictureSignature* signature) {
  return impl_->AddPicture(std::move(features), signature);
}

int64_t Trainer::pictures() const { return impl_->pictures(); }

absl::StatusOr<Bundle> Trainer::Finish(Workers workers,
                                       const std::function<bool(const TrainingProgress&)>& progress) {
  return Contained("training", [&] { return impl_->Finish(workers, progress); });
}

const TrainingFindings& Trainer::findings() const { return impl_->findings(); }

}  // namespace mlfsc

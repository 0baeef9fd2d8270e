#include "core/training/trainer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/features/feature_extractor.h"
#include "core/scoring/appearance_vectors.h"
#include "core/training/appearance_learner.h"
#include "core/training/learning.h"
#include "core/training/make_bundle.h"
#include "core/training/map_spool.h"

namespace mlfsc {
namespace {

std::vector<FeatureMap> FeatureShape(const FeatureOptions& options) {
  std::vector<FeatureMap> maps;
  for (const LayerShape& layer : StandardisedShapes(options)) {
    FeatureMap map{layer.layer, layer.channels, layer.height, layer.width, {}};
    map.values.resize(map.channels * map.plane_size());
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace

class Trainer::Impl {
 public:
  Impl(const CategoryOptions& options, const TrainerOptions& trainer_options,
       std::unique_ptr<FeatureSpool> features, std::unique_ptr<AppearanceSpool> appearance)
      : options_(options),
        trainer_options_(trainer_options),
        features_(std::move(features)),
        appearance_(std::move(appearance)) {}

  absl::Status AddPicture(PictureFeatures features) {
    if (pictures() >= trainer_options_.max_pictures) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the training has more than %d pictures; that is the limit", trainer_options_.max_pictures));
    }
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
    return features_->Append(standardised->maps);
  }

  int64_t pictures() const { return features_->pictures(); }

  absl::StatusOr<Bundle> Finish(ThreadPool* pool,
                                const std::function<bool(const TrainingProgress&)>& progress) {
    if (pictures() < 2) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%d good picture%s cannot be calibrated, because one score shows no spread; at least 2 are needed",
          pictures(), pictures() == 1 ? "" : "s"));
    }
    return MakeBundle(options_, *features_, appearance_.get(), trainer_options_.spool_folder, pool, progress);
  }

 private:
  const CategoryOptions options_;
  const TrainerOptions trainer_options_;
  const std::unique_ptr<FeatureSpool> features_;
  // Null unless the score is kFused.
  const std::unique_ptr<AppearanceSpool> appearance_;
};

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const CategoryOptions& options,
                                                         const TrainerOptions& trainer_options) {
  if (absl::Status status = Validate(options); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<FeatureSpool>> features =
      FeatureSpool::Create(trainer_options.spool_folder, FeatureShape(options.features));
  if (!features.ok()) return features.status();
  std::unique_ptr<AppearanceSpool> appearance;
  if (options.scoring.method == ScoreMethod::kFused) {
    absl::StatusOr<std::unique_ptr<AppearanceSpool>> created =
        AppearanceSpool::Create(trainer_options.spool_folder, ToSpooled(AppearanceShape(options.features)));
    if (!created.ok()) return created.status();
    appearance = *std::move(created);
  }
  return std::unique_ptr<Trainer>(new Trainer(
      std::make_unique<Impl>(options, trainer_options, *std::move(features), std::move(appearance))));
}

Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trainer::~Trainer() = default;

absl::Status Trainer::AddPicture(PictureFeatures features) { return impl_->AddPicture(std::move(features)); }

int64_t Trainer::pictures() const { return impl_->pictures(); }

absl::StatusOr<Bundle> Trainer::Finish(ThreadPool* pool,
                                       const std::function<bool(const TrainingProgress&)>& progress) {
  return impl_->Finish(pool, progress);
}

}  // namespace mlfsc

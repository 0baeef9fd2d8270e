#include "core/training/learning.h"

#include <algorithm>
#include <random>
#include <utility>

#include "core/coding/dictionary_learner.h"
#include "core/features/feature_options.h"

namespace mlfsc {
namespace {

// Fisher and Yates's shuffle; std::shuffle may differ between libraries.
void Shuffle(std::mt19937_64* random, std::vector<int64_t>* pictures) {
  for (size_t i = pictures->size(); i > 1; --i) std::swap((*pictures)[i - 1], (*pictures)[(*random)() % i]);
}

}  // namespace

absl::StatusOr<Dictionaries> LearnDictionaries(const CategoryOptions& options, const FeatureSpool& spool,
                                               std::vector<int64_t> pictures, Workers workers,
                                               absl::FunctionRef<absl::Status(int64_t, double)> report) {
  DictionaryLearner learner(StandardisedShapes(options.features), options.patches, options.coding.alpha,
                            options.learning);
  std::mt19937_64 random(options.learning.seed);
  for (int epoch = 0; epoch < options.learning.epochs; ++epoch) {
    Shuffle(&random, &pictures);
    const size_t batch_pictures = options.learning.batch_pictures;
    for (size_t begin = 0; begin < pictures.size(); begin += batch_pictures) {
      std::vector<PictureFeatures> features;
      for (size_t i = begin; i < std::min(begin + batch_pictures, pictures.size()); ++i) {
        workers.Check();
        absl::StatusOr<std::vector<FeatureMap>> maps = spool.Read(pictures[i]);
        if (!maps.ok()) return maps.status();
        features.push_back({*std::move(maps), nullptr});
      }
      std::vector<const PictureFeatures*> batch;
      batch.reserve(features.size());
      for (const PictureFeatures& picture : features) batch.push_back(&picture);
      const double objective = learner.Update(batch, workers);
      absl::Status status = report(static_cast<int64_t>(batch.size()), objective);
      if (!status.ok()) return status;
    }
  }
  return learner.dictionaries();
}

}  // namespace mlfsc

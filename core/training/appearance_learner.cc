#include "core/training/appearance_learner.h"

#include <utility>

namespace mlfsc {

AppearanceLearner::AppearanceLearner(const AppearanceSpool& spool, const Folds& folds, uint64_t seed)
    : spool_(spool), folds_(folds), cells_(folds.count()), memory_(seed) {}

absl::Status AppearanceLearner::Learn(Workers workers, absl::FunctionRef<absl::Status()> report) {
  const auto each_picture = [&](absl::FunctionRef<void(int64_t, const AppearanceVectors&)> take) {
    for (int64_t picture = 0; picture < spool_.pictures(); ++picture) {
      const absl::StatusOr<AppearanceVectors> vectors = ReadAppearance(spool_, picture);
      if (!vectors.ok()) return vectors.status();
      take(picture, *vectors);
      if (absl::Status status = report(); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
  absl::Status status = each_picture([&](int64_t picture, const AppearanceVectors& vectors) {
    cells_[folds_.Of(picture)].Add(vectors.cells, workers);
    memory_.Measure(vectors.windows);
  });
  if (!status.ok()) return status;
  memory_.MakeProjection();
  status = each_picture([&](int64_t picture, const AppearanceVectors& vectors) {
    memory_.Remember(vectors.windows, folds_.Of(picture));
  });
  if (!status.ok()) return status;
  memory_.Select(workers);
  return absl::OkStatus();
}

absl::StatusOr<AppearanceStatistics> AppearanceLearner::Statistics() const {
  return Make(AllCells(), memory_.Bank());
}

absl::StatusOr<AppearanceStatistics> AppearanceLearner::StatisticsWithout(int fold) const {
  WhiteningAccumulator others = AllCells();
  others.Subtract(cells_[fold]);
  return Make(others, memory_.BankWithout(fold));
}

absl::StatusOr<AppearanceStatistics> AppearanceLearner::Make(const WhiteningAccumulator& cells,
                                                             MemoryBank memory) const {
  absl::StatusOr<WhiteningStatistics> detail = cells.Statistics(kDetailShrinkage);
  if (!detail.ok()) return detail.status();
  AppearanceStatistics appearance;
  appearance.detail = *std::move(detail);
  appearance.memory = std::move(memory);
  return appearance;
}

WhiteningAccumulator AppearanceLearner::AllCells() const {
  WhiteningAccumulator all;
  for (const WhiteningAccumulator& fold : cells_) all.Add(fold);
  return all;
}

std::vector<PatchVectors> ToSpooled(AppearanceVectors vectors) {
  std::vector<PatchVectors> parts;
  parts.push_back(std::move(vectors.cells));
  parts.push_back(std::move(vectors.windows));
  return parts;
}

absl::StatusOr<AppearanceVectors> ReadAppearance(const AppearanceSpool& spool, int64_t picture) {
  absl::StatusOr<std::vector<PatchVectors>> parts = spool.Read(picture);
  if (!parts.ok()) return parts.status();
  return AppearanceVectors{std::move((*parts)[0]), std::move((*parts)[1])};
}

}  // namespace mlfsc

// The appearance view's statistics, of all pictures and without each fold's.
#ifndef MLFSC_CORE_TRAINING_APPEARANCE_LEARNER_H_
#define MLFSC_CORE_TRAINING_APPEARANCE_LEARNER_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/scoring/appearance_vectors.h"
#include "core/scoring/fusion.h"
#include "core/scoring/patch_vectors.h"
#include "core/scoring/whitening.h"
#include "core/training/folds.h"
#include "core/training/map_spool.h"
#include "core/training/memory_builder.h"

namespace mlfsc {

// Of each picture the cells, then the windows.
using AppearanceSpool = MapSpool<PatchVectors>;

// Reads the spool twice, picture by picture: memory does not grow with their number. Deterministic, whatever
// the number of threads. Not thread-safe.
class AppearanceLearner {
 public:
  // Readings of a picture.
  static constexpr int kPasses = 2;

  // `spool` outlives the object, as does `folds`, whose pictures are those of the spool; at least 2 folds.
  AppearanceLearner(const AppearanceSpool& spool, const Folds& folds, uint64_t seed);

  // Both passes. `report` is called after each picture of a pass; an error from it ends the work. Throws
  // WorkCancelled.
  absl::Status Learn(Workers workers, absl::FunctionRef<absl::Status()> report);

  // After Learn; scales are left at their defaults.
  absl::StatusOr<AppearanceStatistics> Statistics() const;
  absl::StatusOr<AppearanceStatistics> StatisticsWithout(int fold) const;

 private:
  absl::StatusOr<AppearanceStatistics> Make(const WhiteningAccumulator& cells, MemoryBank memory) const;
  WhiteningAccumulator AllCells() const;

  const AppearanceSpool& spool_;
  const Folds& folds_;
  // By fold.
  std::vector<WhiteningAccumulator> cells_;
  MemoryBuilder memory_;
};

// What is stored of a picture, and the picture read back.
std::vector<PatchVectors> ToSpooled(AppearanceVectors vectors);
absl::StatusOr<AppearanceVectors> ReadAppearance(const AppearanceSpool& spool, int64_t picture);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_APPEARANCE_LEARNER_H_

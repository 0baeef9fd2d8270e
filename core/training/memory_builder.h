// The memory bank of good pictures' windows, gathered in two passes in bounded memory.
#ifndef MLFSC_CORE_TRAINING_MEMORY_BUILDER_H_
#define MLFSC_CORE_TRAINING_MEMORY_BUILDER_H_

#include <cstdint>
#include <random>
#include <vector>

#include "core/base/workers.h"
#include "core/scoring/memory_bank.h"
#include "core/scoring/packed_rows.h"
#include "core/scoring/patch_vectors.h"

namespace mlfsc {

// Usage: Measure each picture, MakeProjection, Remember each picture, Select, then banks. Windows are kept by
// their picture's fold, so that a bank without a fold's own pictures is had without another pass. The same
// pictures in the same order and the same seed give the same bytes. Not thread-safe.
class MemoryBuilder {
 public:
  // What a bank holds at most, how many windows it is selected from, and the dimensions that they have there.
  static constexpr int kVectors = 3000;
  static constexpr int kCandidates = 20000;
  static constexpr int kDimensions = 128;

  explicit MemoryBuilder(uint64_t seed);

  // First pass: the spread of each channel.
  void Measure(const PatchVectors& windows);

  // Each channel is divided by sqrt(its deviation * its layer's), half way between taking channels as they are
  // and making them all equal: what hardly varies on good pictures counts for more, but noise is not made large.
  // Then come random normal directions.
  void MakeProjection();

  // Second pass: of all windows so far each is a candidate with the same probability (Vitter's algorithm R).
  void Remember(const PatchVectors& windows, int fold);

  // Chooses kVectors of the candidates, an equal number of each fold's and for each fold by itself, so that a
  // bank without a fold is the one that the other pictures alone would have given. Within a fold each is the one
  // that is farthest from those chosen before (Gonzalez 1985; PatchCore's coreset), by kSelectingDimensions of
  // their dimensions; at distance 0 it ends. Folds are chosen from in parallel. Throws WorkCancelled.
  void Select(Workers workers);

  // All that was selected, and without the pictures of a fold.
  MemoryBank Bank() const { return BankWithout(-1); }
  MemoryBank BankWithout(int fold) const;

 private:
  static constexpr int kSelectingDimensions = 32;

  double Normal();
  // The places of `candidates` that are chosen, at most `wanted`.
  std::vector<int> Farthest(const std::vector<int>& candidates, int wanted, Workers workers) const;

  std::mt19937_64 random_;
  std::vector<int> layer_channels_;
  int64_t measured_ = 0;
  // Of each channel.
  std::vector<double> sums_;
  std::vector<double> squares_;

  std::vector<float> projection_;
  PackedRows packed_projection_;

  int64_t seen_ = 0;
  // Candidates: [count, kDimensions], and of each the fold.
  std::vector<float> candidates_;
  std::vector<int> folds_;
  // Places of those selected.
  std::vector<int> selected_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_MEMORY_BUILDER_H_

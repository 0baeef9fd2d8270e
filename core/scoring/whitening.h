// Statistics of good pictures' residuals.
//
// For each patch position take the vector e of log(1 + r) over all channels (layers with a finer grid are
// area-averaged onto the coarsest one). Its mean, deviation (over N, not N - 1) and correlation matrix S over
// all positions of all good pictures make the squared Mahalanobis distance z^T (0.9 S + 0.1 I)^-1 z of the
// standardised vector z. The fixed shrinkage was measured from 5 to 120 pictures; Ledoit and Wolf's estimate
// is misled because overlapping patches are not independent.
#ifndef MLFSC_CORE_SCORING_WHITENING_H_
#define MLFSC_CORE_SCORING_WHITENING_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/scoring/log_residuals.h"

namespace mlfsc {

inline constexpr double kShrinkage = 0.1;
// Of the appearance view's cells, which do not overlap and of which there are many more.
inline constexpr double kDetailShrinkage = 0.02;

// What whitening is computed from, as a bundle stores it. float32, so that a bundle that was just learnt and
// one that was loaded score alike to the bit.
struct WhiteningStatistics {
  // Channels of each layer, deepest first; their sum is C.
  std::vector<int> layer_channels;
  // [C].
  std::vector<float> mean;
  // [C]; 0 for a channel that never varied (but for rounding): it contributes 0.
  std::vector<float> deviation;
  // [C, C], already shrunk; symmetric with unit diagonal.
  std::vector<float> correlation;
};

// Sums and outer products of a set of pictures, in float64. Adding and subtracting sets is how statistics out
// of fold are had without a second pass. Not thread-safe.
class WhiteningAccumulator {
 public:
  WhiteningAccumulator();
  ~WhiteningAccumulator();
  WhiteningAccumulator(WhiteningAccumulator&&) noexcept;
  WhiteningAccumulator& operator=(WhiteningAccumulator&&) noexcept;

  // All pictures, of `other` too, must have the channels of the first. Blocks of the outer product are taken
  // in parallel; the sums do not depend on the number of threads. Throws WorkCancelled; the sums are lost
  // then.
  void Add(const LogResiduals& picture, Workers workers = {});
  void Add(const WhiteningAccumulator& other);
  // `other` holds pictures that this one holds as well.
  void Subtract(const WhiteningAccumulator& other);

  int pictures() const;

  // The correlation matrix is (1 - shrinkage) S + shrinkage I. FailedPrecondition when no picture was added.
  absl::StatusOr<WhiteningStatistics> Statistics(double shrinkage = kShrinkage) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_WHITENING_H_

// Statistics of good pictures' residuals, and distances under them.
//
// For each patch position take the vector e of log(1 + r) over all channels (layers with a finer grid are
// area-averaged onto the coarsest one). Its mean, deviation (over N, not N - 1) and correlation matrix S over
// all positions of all good pictures make the squared Mahalanobis distance z^T (0.9 S + 0.1 I)^-1 z of the
// standardised vector z. The fixed shrinkage was measured from 5 to 120 pictures; Ledoit and Wolf's estimate
// is misled because overlapping patches are not independent.
#ifndef MLFSC_CORE_SCORING_WHITENING_H_
#define MLFSC_CORE_SCORING_WHITENING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/scoring/scorer.h"

namespace mlfsc {

inline constexpr double kShrinkage = 0.1;

// What whitening is computed from, as a bundle stores it. float32, so that a bundle that was just learnt and
// one that was loaded score alike to the bit.
struct WhiteningStatistics {
  // Channels of each layer, deepest first; their sum is C.
  std::vector<int> layer_channels;
  // [C].
  std::vector<float> mean;
  // [C]; 0 for a channel that never varied: it contributes 0.
  std::vector<float> deviation;
  // [C, C], already shrunk; symmetric with unit diagonal.
  std::vector<float> correlation;
};

// log(1 + r) of one picture, layers averaged onto the coarsest grid: [C, grid.count()], row-major. Computed
// once a picture, used by the accumulator and by the scorer.
struct LogResiduals {
  PatchGrid grid;
  std::vector<std::string> layers;
  std::vector<int> layer_channels;
  std::vector<float> values;
};
LogResiduals MakeLogResiduals(const ResidualMaps& residuals);

// Sums and outer products of a set of pictures, in float64. Adding and subtracting sets is how statistics out
// of fold are had without a second pass. Not thread-safe.
class WhiteningAccumulator {
 public:
  WhiteningAccumulator();
  ~WhiteningAccumulator();
  WhiteningAccumulator(WhiteningAccumulator&&) noexcept;
  WhiteningAccumulator& operator=(WhiteningAccumulator&&) noexcept;

  // All pictures must have the shape of the first.
  void Add(const LogResiduals& picture);
  void Add(const WhiteningAccumulator& other);
  void Subtract(const WhiteningAccumulator& other);

  int pictures() const;

  // FailedPrecondition when no picture was added.
  absl::StatusOr<WhiteningStatistics> Statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The mean of the `top_patches` largest squared distances. A layer's score is the same within its own block
// of the correlation matrix.
class WhitenedScorer : public Scorer {
 public:
  // InvalidArgument when shapes disagree, a value is not finite, or the matrix is not positive definite.
  static absl::StatusOr<std::unique_ptr<WhitenedScorer>> Make(const WhiteningStatistics& statistics,
                                                              int top_patches);
  ~WhitenedScorer() override;

  PictureScore Score(const ResidualMaps& residuals) const override;
  PictureScore Score(const LogResiduals& residuals) const;

 private:
  class Impl;
  explicit WhitenedScorer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_WHITENING_H_

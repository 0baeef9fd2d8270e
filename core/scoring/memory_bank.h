// Distances to the nearest of the windows that good pictures showed.
//
// After Roth et al., "Towards Total Recall in Industrial Anomaly Detection", 2022 (PatchCore): what a Gaussian
// cannot describe (a product with several looks, at several angles) is compared with examples instead. Windows
// are projected to a few dimensions first (Johnson and Lindenstrauss: random directions keep distances).
#ifndef MLFSC_CORE_SCORING_MEMORY_BANK_H_
#define MLFSC_CORE_SCORING_MEMORY_BANK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/scoring/packed_rows.h"
#include "core/scoring/patch_vectors.h"

namespace mlfsc {

// What a bundle may hold.
inline constexpr int kMostMemoryDimensions = 1024;
inline constexpr int kMostMemoryVectors = 20000;

// As a bundle stores it.
struct MemoryBank {
  int channels = 0;
  int dimensions = 0;
  int vectors = 0;
  // [dimensions, channels]: scales each channel and projects.
  std::vector<float> projection;
  // [vectors, dimensions]: projected windows of good pictures.
  std::vector<float> values;
};

// Immutable and thread-safe.
class NearestNeighbours {
 public:
  // InvalidArgument when shapes disagree, there is no vector, or a value is not finite.
  static absl::StatusOr<NearestNeighbours> Make(const MemoryBank& bank);

  // The squared distance of each of `windows` (channels as in the bank) to the nearest vector: [count]. `pool`
  // may be null; the result is the same with any.
  std::vector<float> SquaredDistances(const PatchVectors& windows, Workers workers) const;

 private:
  PackedRows projection_;
  // Vectors and windows less the vectors' mean, so that squares of large numbers do not cancel.
  std::vector<float> center_;
  PackedRows vectors_;
  // [vectors]: squared norms.
  std::vector<float> norms_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_MEMORY_BANK_H_

#include "core/coding/small_patch_coder.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/coding/exact_coder.h"
#include "core/coding/gram.h"

namespace mlfsc {
namespace {

// Room beyond a row that CopyRow may read and write.
constexpr int kCopyStep = 8;

// Copies `count` values and up to kCopyStep - 1 more: rows are too short for memcpy to be worth its call.
inline void CopyRow(const float* from, int count, float* to) {
  for (int i = 0; i < count; i += kCopyStep) std::memcpy(to + i, from + i, kCopyStep * sizeof(float));
}

// A row of values by position to the same by patch; [patches, pitch) becomes 0.
void PackPatches(const PatchBand& band, const float* by_position, size_t pitch, float* by_patch) {
  const int columns = band.columns();
  const size_t patches = static_cast<size_t>(band.rows()) * columns;
  for (int i = 0; i < band.rows(); ++i) {
    CopyRow(by_position + static_cast<size_t>(i) * band.pitch(), columns, by_patch + i * columns);
  }
  std::fill(by_patch + patches, by_patch + pitch, 0.0F);
}

// The other way; positions without a patch become 0.
void UnpackPatches(const PatchBand& band, const float* by_patch, float* by_position) {
  std::fill_n(by_position, PositionsPitch(band.positions()), 0.0F);
  for (int i = 0; i < band.rows(); ++i) {
    std::copy_n(by_patch + static_cast<size_t>(i) * band.columns(), band.columns(),
                by_position + static_cast<size_t>(i) * band.pitch());
  }
}

}  // namespace

SmallPatchCoder::SmallPatchCoder(const float* dictionary, int atoms, int cells, const CodingOptions& coding)
    : coding_(coding),
      bank_(dictionary, atoms, cells),
      gram_(GramMatrix(dictionary, atoms, cells)),
      lane_gram_(gram_, atoms) {}

void SmallPatchCoder::Code(const PatchBand& band, CodingScratch* scratch, float* residuals,
                           float* codes) const {
  const int atoms = lane_gram_.num_atoms;
  const int rows = lane_gram_.rows;
  CheckCancelled(scratch->cancellation);
  const size_t positions_pitch = PositionsPitch(band.positions());
  scratch->by_position.resize((atoms + 1) * positions_pitch + kCopyStep);
  float* correlations = scratch->by_position.data();
  float* energies = correlations + atoms * positions_pitch;
  bank_.Correlate(band, correlations, energies);

  LanePatches patches;
  patches.count = static_cast<size_t>(band.rows()) * band.columns();
  patches.pitch = PositionsPitch(static_cast<int>(patches.count));
  scratch->by_patch.resize((2 * rows + 2) * patches.pitch + kCopyStep);
  float* packed = scratch->by_patch.data();
  patches.correlations = packed;
  patches.energies = packed + rows * patches.pitch;
  patches.residuals = packed + (rows + 1) * patches.pitch;
  patches.codes = packed + (rows + 2) * patches.pitch;
  for (int k = 0; k < atoms; ++k) {
    PackPatches(band, correlations + k * positions_pitch, patches.pitch, packed + k * patches.pitch);
  }
  std::fill(packed + atoms * patches.pitch, packed + rows * patches.pitch, 0.0F);
  PackPatches(band, energies, patches.pitch, packed + rows * patches.pitch);

  const bool all_solved = coding_.coder == Coder::kLasso
                              ? SolveLassoLanes(lane_gram_, static_cast<float>(coding_.alpha), patches)
                              : SolveOmpLanes(lane_gram_, std::min(coding_.nonzeros, atoms), patches);
  if (!all_solved) SolveGivenUp(patches);

  std::copy_n(patches.residuals, patches.count, residuals);
  if (codes == nullptr) return;
  for (int k = 0; k < atoms; ++k) {
    UnpackPatches(band, patches.codes + k * patches.pitch, codes + k * positions_pitch);
  }
}

// One by one, in double precision.
void SmallPatchCoder::SolveGivenUp(const LanePatches& patches) const {
  const int atoms = lane_gram_.num_atoms;
  ExactCoder exact(gram_, atoms, coding_);
  std::vector<double> correlations(atoms);
  std::vector<double> codes(atoms);
  for (size_t i = 0; i < patches.count; ++i) {
    if (patches.residuals[i] >= 0) continue;
    for (int k = 0; k < atoms; ++k) correlations[k] = patches.correlations[k * patches.pitch + i];
    patches.residuals[i] =
        static_cast<float>(exact.Code(patches.energies[i], correlations, absl::MakeSpan(codes)));
    for (int k = 0; k < atoms; ++k) patches.codes[k * patches.pitch + i] = static_cast<float>(codes[k]);
  }
}

}  // namespace mlfsc

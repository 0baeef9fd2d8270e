#include "core/coding/large_patch_coder.h"

#include <algorithm>
#include <cstddef>

#include "core/coding/gram.h"
#include "core/coding/lasso.h"
#include "core/coding/omp.h"

namespace mlfsc {
namespace {

// Patches whose correlations are brought together at a time: a cache line of each atom's row.
constexpr int kTile = 16;

}  // namespace

LargePatchCoder::LargePatchCoder(const float* dictionary, int atoms, int cells, const CodingOptions& coding)
    : coding_(coding),
      atoms_(atoms),
      bank_(dictionary, atoms, cells),
      gram_(GramMatrix(dictionary, atoms, cells)) {}

void LargePatchCoder::Code(const PatchBand& band, CodingScratch* scratch, float* residuals,
                           float* codes) const {
  const size_t pitch = PositionsPitch(band.positions());
  scratch->by_position.resize((atoms_ + 1) * pitch);
  float* by_position = scratch->by_position.data();
  float* energies = by_position + atoms_ * pitch;
  bank_.Correlate(band, by_position, energies);
  if (codes != nullptr) std::fill_n(codes, atoms_ * pitch, 0.0F);

  LassoSolver lasso(gram_, atoms_, coding_.alpha);
  OmpSolver omp(gram_, atoms_, coding_.nonzeros);
  scratch->exact.resize((kTile + 1) * static_cast<size_t>(atoms_));
  double* tile = scratch->exact.data();
  const absl::Span<double> patch_codes(tile + static_cast<size_t>(kTile) * atoms_, atoms_);

  for (int i = 0; i < band.rows(); ++i) {
    for (int first = 0; first < band.columns(); first += kTile) {
      const size_t position = static_cast<size_t>(i) * band.pitch() + first;
      const int count = std::min(kTile, band.columns() - first);
      for (int k = 0; k < atoms_; ++k) {
        for (int j = 0; j < count; ++j) {
          tile[static_cast<size_t>(j) * atoms_ + k] = by_position[k * pitch + position + j];
        }
      }
      for (int j = 0; j < count; ++j) {
        const absl::Span<const double> correlations(tile + static_cast<size_t>(j) * atoms_, atoms_);
        std::fill(patch_codes.begin(), patch_codes.end(), 0.0);
        if (coding_.coder == Coder::kLasso) {
          lasso.Solve(correlations, patch_codes);
        } else {
          omp.Solve(correlations, patch_codes);
        }
        const absl::Span<const double> slopes =
            coding_.coder == Coder::kLasso ? lasso.slopes() : omp.slopes();
        *residuals++ =
            static_cast<float>(SquaredResidual(energies[position + j], correlations, slopes, patch_codes));
        if (codes == nullptr) continue;
        for (int k = 0; k < atoms_; ++k) {
          if (patch_codes[k] != 0) codes[k * pitch + position + j] = static_cast<float>(patch_codes[k]);
        }
      }
    }
  }
}

}  // namespace mlfsc

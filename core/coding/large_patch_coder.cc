#include "core/coding/large_patch_coder.h"

#include <algorithm>
#include <cstddef>

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
      gram_(GramMatrix(dictionary, atoms, cells)),
      descent_(gram_, atoms, static_cast<float>(coding.alpha)) {}

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
  const size_t row = descent_.pitch();
  scratch->by_patch.resize((kTile + 2) * row);
  float* tile = scratch->by_patch.data();
  float* approximate = tile + kTile * row;
  float* slopes = approximate + row;
  scratch->exact.resize(2 * static_cast<size_t>(atoms_));
  const absl::Span<double> correlations(scratch->exact.data(), atoms_);
  const absl::Span<double> patch_codes(scratch->exact.data() + atoms_, atoms_);

  for (int i = 0; i < band.rows(); ++i) {
    for (int first = 0; first < band.columns(); first += kTile) {
      const size_t position = static_cast<size_t>(i) * band.pitch() + first;
      const int count = std::min(kTile, band.columns() - first);
      std::fill_n(tile, kTile * row, 0.0F);
      for (int k = 0; k < atoms_; ++k) {
        for (int j = 0; j < count; ++j) tile[j * row + k] = by_position[k * pitch + position + j];
      }
      for (int j = 0; j < count; ++j) {
        const float* patch = tile + j * row;
        const float energy = energies[position + j];
        std::copy_n(patch, atoms_, correlations.begin());
        if (coding_.coder == Coder::kLasso) {
          descent_.Solve(patch, energy, approximate, slopes);
          std::copy_n(approximate, atoms_, patch_codes.begin());
          lasso.Solve(correlations, patch_codes);
        } else {
          omp.Solve(correlations, patch_codes);
        }
        *residuals++ = static_cast<float>(SquaredResidual(gram_, correlations, patch_codes, energy));
        if (codes == nullptr) continue;
        for (int k = 0; k < atoms_; ++k) {
          if (patch_codes[k] != 0) codes[k * pitch + position + j] = static_cast<float>(patch_codes[k]);
        }
      }
    }
  }
}

}  // namespace mlfsc

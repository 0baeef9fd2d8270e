#include "core/coding/large_patch_coder.h"

#include <algorithm>
#include <cstddef>

#include "core/coding/exact_coder.h"
#include "core/coding/gram.h"

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

  ExactCoder exact(gram_, atoms_, coding_, scratch->cancellation);
  std::vector<double> tile(kTile * static_cast<size_t>(atoms_));
  std::vector<double> patch_codes(atoms_);
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
        const absl::Span<const double> correlations(&tile[static_cast<size_t>(j) * atoms_], atoms_);
        *residuals++ =
            static_cast<float>(exact.Code(energies[position + j], correlations, absl::MakeSpan(patch_codes)));
        if (codes == nullptr) continue;
        for (int k = 0; k < atoms_; ++k) {
          if (patch_codes[k] != 0) codes[k * pitch + position + j] = static_cast<float>(patch_codes[k]);
        }
      }
    }
  }
}

}  // namespace mlfsc

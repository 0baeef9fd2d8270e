#include "core/coding/residual_coder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/coding/lasso.h"
#include "core/coding/omp.h"

namespace mlfsc {
namespace {

// Codes one plane's patches one after the other.
void CodePlane(const LayerDictionaries& layer, const std::vector<double>& gram, int channel,
               const PatchOptions& patches, const CodingOptions& coding, const FeatureMap& map,
               const PatchGrid& grid, float* residuals) {
  const int atoms = layer.atoms;
  const float* dictionary = layer.dictionary(channel);
  LassoSolver lasso(gram, atoms, coding.alpha);
  OmpSolver omp(gram, atoms, coding.nonzeros);
  std::vector<double> patch(layer.patch_cells), correlations(atoms), codes(atoms);
  for (int p = 0; p < grid.count(); ++p) {
    const int top = p / grid.columns * patches.stride;
    const int left = p % grid.columns * patches.stride;
    double energy = 0;
    for (int t = 0; t < layer.patch_cells; ++t) {
      const size_t row = top + t / patches.size;
      patch[t] = map.plane(channel)[row * map.width + left + t % patches.size];
      energy += patch[t] * patch[t];
    }
    for (int k = 0; k < atoms; ++k) {
      const float* atom = dictionary + static_cast<size_t>(k) * layer.patch_cells;
      correlations[k] = 0;
      for (int t = 0; t < layer.patch_cells; ++t) correlations[k] += patch[t] * atom[t];
    }
    std::fill(codes.begin(), codes.end(), 0.0);
    if (coding.coder == Coder::kLasso) {
      lasso.Solve(correlations, absl::MakeSpan(codes));
    } else {
      omp.Solve(correlations, absl::MakeSpan(codes));
    }
    double residual = energy;
    for (int i = 0; i < atoms; ++i) {
      double rebuilt = 0;
      for (int j = 0; j < atoms; ++j) rebuilt += gram[static_cast<size_t>(i) * atoms + j] * codes[j];
      residual += codes[i] * (rebuilt - 2 * correlations[i]);
    }
    residuals[p] = static_cast<float>(std::max(residual, 0.0));
  }
}

class CpuResidualCoder : public ResidualCoder {
 public:
  CpuResidualCoder(const Dictionaries& dictionaries, const PatchOptions& patches, const CodingOptions& coding)
      : dictionaries_(dictionaries), patches_(patches), coding_(coding) {
    for (size_t l = 0; l < dictionaries_.size(); ++l) {
      const LayerDictionaries& layer = dictionaries_[l];
      for (int c = 0; c < layer.channels; ++c) {
        channels_.push_back({l, c, GramMatrix(layer.dictionary(c), layer.atoms, layer.patch_cells)});
      }
    }
  }

  absl::StatusOr<ResidualMaps> Code(const PictureFeatures& standardised, ThreadPool* pool) const override {
    if (standardised.maps.size() != dictionaries_.size()) {
      return absl::InvalidArgumentError(absl::StrFormat("features have %d layers; the dictionaries have %d",
                                                        standardised.maps.size(), dictionaries_.size()));
    }
    ResidualMaps residuals;
    for (size_t l = 0; l < dictionaries_.size(); ++l) {
      const FeatureMap& map = standardised.maps[l];
      const LayerDictionaries& layer = dictionaries_[l];
      if (map.layer != layer.layer || map.channels != layer.channels) {
        return absl::InvalidArgumentError(
            absl::StrFormat("features have layer %s of %d channels; the dictionaries have %s of %d",
                            map.layer, map.channels, layer.layer, layer.channels));
      }
      ResidualMap residual;
      residual.layer = map.layer;
      residual.channels = map.channels;
      residual.grid = MakePatchGrid(patches_, map.height, map.width);
      residual.values.resize(static_cast<size_t>(map.channels) * residual.grid.count());
      residuals.push_back(std::move(residual));
    }
    const auto code = [&](int64_t i) {
      const Channel& channel = channels_[i];
      ResidualMap& residual = residuals[channel.layer];
      CodePlane(dictionaries_[channel.layer], channel.gram, channel.index, patches_, coding_,
                standardised.maps[channel.layer], residual.grid, residual.plane(channel.index));
    };
    if (pool != nullptr) {
      pool->ParallelFor(channels_.size(), code);
    } else {
      for (size_t i = 0; i < channels_.size(); ++i) code(i);
    }
    return residuals;
  }

 private:
  struct Channel {
    size_t layer;
    int index;
    std::vector<double> gram;
  };

  const Dictionaries dictionaries_;
  const PatchOptions patches_;
  const CodingOptions coding_;
  std::vector<Channel> channels_;
};

absl::Status CheckDictionaries(const LayerDictionaries& layer, const PatchOptions& patches) {
  if (layer.patch_cells != patches.size * patches.size) {
    return absl::InvalidArgumentError(absl::StrFormat("layer %s has atoms of %d cells; patches are %dx%d",
                                                      layer.layer, layer.patch_cells, patches.size,
                                                      patches.size));
  }
  const size_t wanted = static_cast<size_t>(layer.channels) * layer.atoms * layer.patch_cells;
  if (layer.channels < 1 || layer.atoms < 1 || layer.values.size() != wanted) {
    return absl::InvalidArgumentError(
        absl::StrFormat("layer %s has %d values for %d channels of %d atoms of %d cells", layer.layer,
                        layer.values.size(), layer.channels, layer.atoms, layer.patch_cells));
  }
  for (float value : layer.values) {
    if (!std::isfinite(value)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("layer %s has an atom that is not finite", layer.layer));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeResidualCoder(const Dictionaries& dictionaries,
                                                                 const PatchOptions& patches,
                                                                 const CodingOptions& coding) {
  if (patches.size < 1 || patches.stride < 1) {
    return absl::InvalidArgumentError(absl::StrFormat("patches of size %d at stride %d; both are at least 1",
                                                      patches.size, patches.stride));
  }
  if (!(coding.alpha >= 0) || !std::isfinite(coding.alpha)) {
    return absl::InvalidArgumentError(absl::StrFormat("alpha %g; it is at least 0", coding.alpha));
  }
  if (coding.coder == Coder::kOmp && coding.nonzeros < 1) {
    return absl::InvalidArgumentError(absl::StrFormat("%d nonzeros; at least 1", coding.nonzeros));
  }
  for (const LayerDictionaries& layer : dictionaries) {
    const absl::Status status = CheckDictionaries(layer, patches);
    if (!status.ok()) return status;
  }
  return std::make_unique<CpuResidualCoder>(dictionaries, patches, coding);
}

}  // namespace mlfsc

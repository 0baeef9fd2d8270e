#include "core/coding/residual_coder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/coding/patch_band.h"
#include "core/coding/patch_coder.h"

namespace mlfsc {
namespace {

// Patches times atoms that are worth a task of their own.
constexpr int64_t kTaskWork = 16 * 1024;

// A band of one channel of one layer.
struct Band {
  size_t layer;
  int channel;
  int first_row;
  int rows;
};

class CpuResidualCoder : public ResidualCoder {
 public:
  CpuResidualCoder(Workers workers, const Dictionaries& dictionaries, const PatchOptions& patches,
                   const CodingOptions& coding)
      : patches_(patches) {
    for (const LayerDictionaries& layer : dictionaries) {
      layers_.push_back({layer.layer, layer.atoms, {}});
      std::vector<std::unique_ptr<PatchCoder>>& coders = layers_.back().coders;
      coders.resize(layer.channels);
      ParallelFor(workers, layer.channels, [&](int64_t c) {
        coders[c] =
            MakePatchCoder(layer.dictionary(static_cast<int>(c)), layer.atoms, layer.patch_cells, coding);
      });
    }
  }

  absl::StatusOr<ResidualMaps> Code(const PictureFeatures& standardised, Workers workers) const override {
    const absl::Status status = CheckFeatures(standardised);
    if (!status.ok()) return status;
    ResidualMaps residuals;
    // Tasks of whole bands; where they begin does not depend on the number of threads.
    std::vector<std::vector<Band>> tasks;
    int64_t work = kTaskWork;
    for (size_t l = 0; l < layers_.size(); ++l) {
      const FeatureMap& map = standardised.maps[l];
      const PatchGrid grid = MakePatchGrid(patches_, map.height, map.width);
      residuals.push_back({map.layer, map.channels, grid, {}});
      residuals.back().values.resize(static_cast<size_t>(map.channels) * grid.count());
      const int band_rows = PatchCoder::BandRows(layers_[l].atoms, grid.columns);
      for (int c = 0; c < map.channels; ++c) {
        for (int row = 0; row < grid.rows; row += band_rows) {
          if (work >= kTaskWork) {
            tasks.emplace_back();
            work = 0;
          }
          const int rows = std::min(band_rows, grid.rows - row);
          tasks.back().push_back({l, c, row, rows});
          work += static_cast<int64_t>(rows) * grid.columns * layers_[l].atoms;
        }
      }
    }
    ParallelFor(workers, tasks.size(),
                [&](int64_t i) { CodeBands(workers, standardised, tasks[i], &residuals); });
    return residuals;
  }

 private:
  struct Layer {
    std::string name;
    int atoms;
    // One for each channel.
    std::vector<std::unique_ptr<PatchCoder>> coders;
  };

  absl::Status CheckFeatures(const PictureFeatures& standardised) const {
    if (standardised.maps.size() != layers_.size()) {
      return absl::InvalidArgumentError(absl::StrFormat("features have %d layers; the dictionaries have %d",
                                                        standardised.maps.size(), layers_.size()));
    }
    for (size_t l = 0; l < layers_.size(); ++l) {
      const FeatureMap& map = standardised.maps[l];
      if (map.layer != layers_[l].name || map.channels != static_cast<int>(layers_[l].coders.size())) {
        return absl::InvalidArgumentError(
            absl::StrFormat("features have layer %s of %d channels; the dictionaries have %s of %d",
                            map.layer, map.channels, layers_[l].name, layers_[l].coders.size()));
      }
      if (map.values.size() != map.channels * map.plane_size()) {
        return absl::InvalidArgumentError(absl::StrFormat("layer %s has %d values for %d maps of %dx%d",
                                                          map.layer, map.values.size(), map.channels,
                                                          map.height, map.width));
      }
    }
    return absl::OkStatus();
  }

  void CodeBands(Workers workers, const PictureFeatures& standardised, const std::vector<Band>& bands,
                 ResidualMaps* residuals) const {
    PatchBand patches(patches_);
    CodingScratch scratch;
    scratch.cancellation = workers.cancellation();
    for (const Band& band : bands) {
      const FeatureMap& map = standardised.maps[band.layer];
      ResidualMap& residual = (*residuals)[band.layer];
      patches.Load(map.plane(band.channel), map.height, map.width, band.first_row, band.rows);
      layers_[band.layer].coders[band.channel]->Code(
          patches, &scratch,
          residual.plane(band.channel) + static_cast<size_t>(band.first_row) * residual.grid.columns,
          nullptr);
    }
  }

  const PatchOptions patches_;
  std::vector<Layer> layers_;
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
  return MakeResidualCoderOn({}, dictionaries, patches, coding);
}

absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeResidualCoderOn(Workers workers,
                                                                   const Dictionaries& dictionaries,
                                                                   const PatchOptions& patches,
                                                                   const CodingOptions& coding) {
  if (patches.stride < 1 || patches.stride > patches.size) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "patches of size %d at stride %d; the stride is 1 to the size", patches.size, patches.stride));
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
  return std::make_unique<CpuResidualCoder>(workers, dictionaries, patches, coding);
}

}  // namespace mlfsc

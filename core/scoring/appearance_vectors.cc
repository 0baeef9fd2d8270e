#include "core/scoring/appearance_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

// Input pixels a cell, a side.
constexpr int kCellPixels = 8;
// The first layer that sees detail.
constexpr size_t kFirstDetailLayer = 1;

PatchVectors MakeVectors(size_t first_layer, const PatchGrid& grid) {
  PatchVectors vectors;
  vectors.grid = grid;
  size_t channels = 0;
  for (size_t layer = first_layer; layer < kAppearanceChannels.size(); ++layer) {
    vectors.layers.emplace_back(kAppearanceLayers[layer]);
    vectors.layer_channels.push_back(kAppearanceChannels[layer]);
    channels += kAppearanceChannels[layer];
  }
  vectors.values.resize(channels * grid.count());
  return vectors;
}

absl::Status CheckShape(const FeatureMap& map, size_t layer, int side) {
  if (map.layer == kAppearanceLayers[layer] && map.channels == kAppearanceChannels[layer] &&
      map.height == side && map.width == side && map.values.size() == map.channels * map.plane_size()) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrFormat("appearance layer %s is %dx%dx%d in %d values; it should be %s, %dx%dx%d", map.layer,
                      map.channels, map.height, map.width, map.values.size(), kAppearanceLayers[layer],
                      kAppearanceChannels[layer], side, side));
}

// `cells`: written, [grid.rows, grid.columns]: the plane without its border. False when one is not finite.
bool CutBorder(const float* plane, int side, const PatchGrid& grid, float* cells) {
  bool finite = true;
  for (int row = 0; row < grid.rows; ++row) {
    const float* from = plane + static_cast<size_t>(row + kBorderCells) * side + kBorderCells;
    for (int column = 0; column < grid.columns; ++column, ++cells) {
      *cells = from[column];
      finite &= std::isfinite(*cells);
    }
  }
  return finite;
}

void AverageWindows(const float* cells, int cell_columns, const PatchGrid& grid, float* windows) {
  for (int row = 0; row < grid.rows; ++row) {
    const float* upper = cells + static_cast<size_t>(row) * kWindowCells * cell_columns;
    const float* lower = upper + cell_columns;
    for (int column = 0; column < grid.columns; ++column, upper += kWindowCells, lower += kWindowCells) {
      *windows++ = ((upper[0] + upper[1]) + (lower[0] + lower[1])) * 0.25F;
    }
  }
}

}  // namespace

PatchGrid AppearanceCells(const FeatureOptions& options) {
  const int side = std::max(0, options.input_size / kCellPixels - 2 * kBorderCells);
  return {side, side};
}

PatchGrid AppearanceWindows(const FeatureOptions& options) {
  const PatchGrid cells = AppearanceCells(options);
  return {cells.rows / kWindowCells, cells.columns / kWindowCells};
}

AppearanceVectors AppearanceShape(const FeatureOptions& options) {
  return {MakeVectors(kFirstDetailLayer, AppearanceCells(options)), MakeVectors(0, AppearanceWindows(options))};
}

absl::StatusOr<AppearanceVectors> MakeAppearanceVectors(const FeatureOptions& options,
                                                        const std::vector<FeatureMap>& maps) {
  if (maps.size() != kAppearanceLayers.size()) {
    return absl::InternalError(absl::StrFormat("the features have %d appearance layers, not %d", maps.size(),
                                               kAppearanceLayers.size()));
  }
  const int side = options.input_size / kCellPixels;
  AppearanceVectors vectors = AppearanceShape(options);
  const PatchGrid& grid = vectors.cells.grid;
  std::vector<float> plane(grid.count());
  int channel = 0;
  int detail = 0;
  for (size_t layer = 0; layer < maps.size(); ++layer) {
    const FeatureMap& map = maps[layer];
    if (absl::Status status = CheckShape(map, layer, side); !status.ok()) return status;
    for (int i = 0; i < map.channels; ++i, ++channel) {
      float* cells = layer >= kFirstDetailLayer ? vectors.cells.row(detail++) : plane.data();
      if (!CutBorder(map.plane(i), side, grid, cells)) {
        return absl::InternalError(absl::StrFormat(
            "channel %d of appearance layer %s holds a value that is not finite", i, map.layer));
      }
      AverageWindows(cells, grid.columns, vectors.windows.grid, vectors.windows.row(channel));
    }
  }
  return vectors;
}

}  // namespace mlfsc

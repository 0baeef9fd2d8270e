#include "core/scoring/fused_scorer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

// Largest distances that a measure is the mean of, on the grid of a 256 px input (784 cells, 196 windows); the
// same share of another. Few: what is small must count.
constexpr double kCellShare = 10.0 / 784;
constexpr double kWindowShare = 3.0 / 196;

template <typename Value>
double MeanOfLargest(std::vector<Value> values, double share) {
  if (values.empty()) return 0;
  const auto count = std::max<int64_t>(1, std::llround(share * static_cast<double>(values.size())));
  std::partial_sort(values.begin(), values.begin() + count, values.end(), std::greater<Value>());
  return std::accumulate(values.begin(), values.begin() + count, 0.0) / static_cast<double>(count);
}

// Where a cell lies between the centres of windows: the window before it and the share of the one after.
struct Between {
  int first;
  int second;
  double share;
};

Between PlaceOf(int cell, int windows) {
  const double place = (cell + 0.5) / kWindowCells - 0.5;
  const int first = std::clamp(static_cast<int>(std::floor(place)), 0, windows - 1);
  const int second = std::min(first + 1, windows - 1);
  return {first, second, std::clamp(place - first, 0.0, 1.0)};
}

// values[cell] = ln(1 + sqrt(values[cell] * the windows' value there)).
void FuseMaps(const std::vector<float>& windows, const PatchGrid& grid, PatchMap* map) {
  if (grid.count() == 0) return;
  double* value = map->values.data();
  for (int row = 0; row < map->grid.rows; ++row) {
    const Between y = PlaceOf(row, grid.rows);
    const float* upper = windows.data() + static_cast<size_t>(y.first) * grid.columns;
    const float* lower = windows.data() + static_cast<size_t>(y.second) * grid.columns;
    for (int column = 0; column < map->grid.columns; ++column, ++value) {
      const Between x = PlaceOf(column, grid.columns);
      const double above = upper[x.first] + x.share * (upper[x.second] - upper[x.first]);
      const double below = lower[x.first] + x.share * (lower[x.second] - lower[x.first]);
      *value = std::log1p(std::sqrt(*value * std::max(0.0, above + y.share * (below - above))));
    }
  }
}

absl::Status CheckScale(const char* name, const MeasureScale& scale) {
  if (std::isfinite(scale.middle) && std::isfinite(scale.spread) && scale.spread > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "the %s measure has the middle %g and the spread %g; they must be finite, and the spread above 0", name,
      scale.middle, scale.spread));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FusedScorer>> FusedScorer::Make(const WhiteningStatistics& residual,
                                                               const AppearanceStatistics& appearance,
                                                               int top_patches) {
  const FusionScales& scales = appearance.scales;
  for (const auto& [name, scale] : {std::make_pair("residual", scales.residual),
                                    std::make_pair("detail", scales.detail),
                                    std::make_pair("memory", scales.memory)}) {
    if (absl::Status status = CheckScale(name, scale); !status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<WhitenedScorer>> residual_scorer = WhitenedScorer::Make(residual, top_patches);
  if (!residual_scorer.ok()) return residual_scorer.status();
  absl::StatusOr<std::unique_ptr<WhitenedScorer>> detail = WhitenedScorer::Make(appearance.detail, 1);
  if (!detail.ok()) return detail.status();
  absl::StatusOr<NearestNeighbours> memory = NearestNeighbours::Make(appearance.memory);
  if (!memory.ok()) return memory.status();
  return std::unique_ptr<FusedScorer>(
      new FusedScorer(*std::move(residual_scorer), *std::move(detail), *std::move(memory), scales));
}

FusedScorer::FusedScorer(std::unique_ptr<WhitenedScorer> residual, std::unique_ptr<WhitenedScorer> detail,
                         NearestNeighbours memory, const FusionScales& scales)
    : residual_(std::move(residual)), detail_(std::move(detail)), memory_(std::move(memory)), scales_(scales) {}

FusedScorer::Measured FusedScorer::Measure(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                                           Workers workers) const {
  Measured measured;
  measured.score = residual_->Score(residuals, workers);
  measured.measures.residual = measured.score.raw;
  measured.score.map = detail_->Distances(appearance.cells, workers);
  measured.measures.detail = MeanOfLargest(measured.score.map.values, kCellShare);
  const std::vector<float> windows = memory_.SquaredDistances(appearance.windows, workers);
  measured.measures.memory = MeanOfLargest(windows, kWindowShare);
  FuseMaps(windows, appearance.windows.grid, &measured.score.map);
  return measured;
}

PictureScore FusedScorer::Score(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                                Workers workers) const {
  Measured measured = Measure(residuals, appearance, workers);
  FusedScore fused = Fuse(measured.measures, scales_);
  measured.score.raw = fused.raw;
  measured.score.views = std::move(fused.views);
  return std::move(measured.score);
}

}  // namespace mlfsc

#include "core/scoring/memory_bank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

bool Finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

absl::Status Check(const MemoryBank& bank) {
  if (bank.channels < 1 || bank.dimensions < 1 || bank.vectors < 1 ||
      bank.projection.size() != static_cast<size_t>(bank.dimensions) * bank.channels ||
      bank.values.size() != static_cast<size_t>(bank.vectors) * bank.dimensions) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "memory of %d vectors of %d dimensions from %d channels has %d values and %d of its projection",
        bank.vectors, bank.dimensions, bank.channels, bank.values.size(), bank.projection.size()));
  }
  if (!Finite(bank.projection) || !Finite(bank.values)) {
    return absl::InvalidArgumentError("memory has a value that is not finite");
  }
  return absl::OkStatus();
}

std::vector<float> MeanVector(const MemoryBank& bank) {
  std::vector<double> sums(bank.dimensions);
  for (int vector = 0; vector < bank.vectors; ++vector) {
    const float* values = bank.values.data() + static_cast<size_t>(vector) * bank.dimensions;
    for (int i = 0; i < bank.dimensions; ++i) sums[i] += values[i];
  }
  std::vector<float> mean;
  mean.reserve(sums.size());
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / bank.vectors));
  return mean;
}

}  // namespace

absl::StatusOr<NearestNeighbours> NearestNeighbours::Make(const MemoryBank& bank) {
  if (absl::Status status = Check(bank); !status.ok()) return status;
  NearestNeighbours nearest;
  nearest.projection_ = PackedRows(bank.projection, bank.dimensions, bank.channels);
  nearest.center_ = MeanVector(bank);
  std::vector<float> centered = bank.values;
  for (int vector = 0; vector < bank.vectors; ++vector) {
    float* values = centered.data() + static_cast<size_t>(vector) * bank.dimensions;
    for (int i = 0; i < bank.dimensions; ++i) values[i] -= nearest.center_[i];
    nearest.norms_.push_back(std::inner_product(values, values + bank.dimensions, values, 0.0F));
  }
  nearest.vectors_ = PackedRows(centered, bank.vectors, bank.dimensions);
  return nearest;
}

std::vector<float> NearestNeighbours::SquaredDistances(const PatchVectors& windows, Workers workers) const {
  const int count = windows.grid.count();
  const int dimensions = vectors_.columns();
  const int blocks = (count + kPatchBlock - 1) / kPatchBlock;
  std::vector<float> distances(static_cast<size_t>(blocks) * kPatchBlock);
  ParallelFor(workers, blocks, [&](int64_t block) {
    const int first = static_cast<int>(block) * kPatchBlock;
    const int here = std::min(kPatchBlock, count - first);
    std::vector<float> z(static_cast<size_t>(projection_.columns()) * kPatchBlock);
    for (int channel = 0; channel < projection_.columns(); ++channel) {
      std::copy_n(windows.row(channel) + first, here, &z[static_cast<size_t>(channel) * kPatchBlock]);
    }
    const int rows = (dimensions + PackedRows::kRowBlock - 1) / PackedRows::kRowBlock * PackedRows::kRowBlock;
    std::vector<float> projected(static_cast<size_t>(rows) * kPatchBlock);
    projection_.Multiply(z.data(), kPatchBlock, projected.data());
    float* least = &distances[first];
    std::fill_n(least, kPatchBlock, std::numeric_limits<float>::max());
    std::vector<float> norms(kPatchBlock);
    for (int i = 0; i < dimensions; ++i) {
      float* row = &projected[static_cast<size_t>(i) * kPatchBlock];
      for (int patch = 0; patch < kPatchBlock; ++patch) {
        row[patch] -= center_[i];
        norms[patch] += row[patch] * row[patch];
      }
    }
    vectors_.LeastDistance(norms_.data(), projected.data(), kPatchBlock, least);
    for (int patch = 0; patch < kPatchBlock; ++patch) least[patch] = std::max(0.0F, least[patch] + norms[patch]);
  });
  distances.resize(count);
  return distances;
}

}  // namespace mlfsc

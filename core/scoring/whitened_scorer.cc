#include "core/scoring/whitened_scorer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/scoring/mahalanobis.h"

namespace mlfsc {
namespace {

// 100 / this, squared and added up over a thousand channels, is still finite in float32.
constexpr float kSmallestDeviation = 1e-9f;

absl::Status Check(const WhiteningStatistics& statistics, size_t channels) {
  if (statistics.mean.size() != channels || statistics.deviation.size() != channels ||
      statistics.correlation.size() != channels * channels) {
    return absl::InvalidArgumentError(
        absl::StrFormat("whitening of %d channels has %d means, %d deviations and %d correlations", channels,
                        statistics.mean.size(), statistics.deviation.size(), statistics.correlation.size()));
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(statistics.mean.begin(), statistics.mean.end(), finite) ||
      !std::all_of(statistics.correlation.begin(), statistics.correlation.end(), finite)) {
    return absl::InvalidArgumentError("whitening has a mean or a correlation that is not finite");
  }
  for (const float deviation : statistics.deviation) {
    if (deviation != 0 && !(deviation >= kSmallestDeviation && finite(deviation))) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "whitening has a deviation of %g; it must be 0 or at least %g", deviation, kSmallestDeviation));
    }
  }
  return absl::OkStatus();
}

// Indices of the `count` largest, largest first; of equals the first.
std::vector<int> Largest(const std::vector<float>& values, int count) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min<int>(count, static_cast<int>(order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](int a, int b) { return std::tie(values[b], a) < std::tie(values[a], b); });
  order.resize(count);
  return order;
}

template <typename Values>
double MeanOf(const Values& values, const std::vector<int>& indices) {
  double sum = 0;
  for (const int i : indices) sum += values[i];
  return indices.empty() ? 0 : sum / static_cast<double>(indices.size());
}

}  // namespace

class WhitenedScorer::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Make(const WhiteningStatistics& statistics, int top_patches) {
    const int channels =
        std::accumulate(statistics.layer_channels.begin(), statistics.layer_channels.end(), 0);
    if (absl::Status status = Check(statistics, channels); !status.ok()) return status;

    auto impl = std::make_unique<Impl>();
    impl->layer_channels_ = statistics.layer_channels;
    impl->top_patches_ = top_patches;
    impl->mean_ = statistics.mean;
    for (const float deviation : statistics.deviation) {
      impl->inverse_deviation_.push_back(deviation > 0 ? 1 / deviation : 0);
    }
    const Eigen::Map<const Eigen::MatrixXf> correlation(statistics.correlation.data(), channels, channels);
    int begin = 0;
    for (const int size : statistics.layer_channels) {
      absl::StatusOr<MahalanobisDistance> distance =
          begin == 0 ? MahalanobisDistance::Make(correlation, size)
                     : MahalanobisDistance::Make(correlation.block(begin, begin, size, size));
      if (!distance.ok()) return distance.status();
      impl->distances_.push_back(*std::move(distance));
      begin += size;
    }
    return impl;
  }

  PatchMap Distances(const PatchVectors& vectors, Workers workers) const {
    const int count = vectors.grid.count();
    const int blocks = (count + kPatchBlock - 1) / kPatchBlock;
    std::vector<float> distances(static_cast<size_t>(blocks) * kPatchBlock);
    ParallelFor(workers, blocks, [&](int64_t block) {
      const int patch = static_cast<int>(block) * kPatchBlock;
      const std::vector<float> z = Standardise(vectors, patch, std::min(kPatchBlock, count - patch));
      distances_.front().Compute(z.data(), kPatchBlock, nullptr, &distances[patch]);
    });
    distances.resize(count);
    return {vectors.grid, {distances.begin(), distances.end()}};
  }

  PictureScore Score(const LogResiduals& residuals, Workers workers) const {
    const int count = residuals.grid.count();
    const int blocks = (count + kPatchBlock - 1) / kPatchBlock;
    std::vector<float> distances(static_cast<size_t>(blocks) * kPatchBlock);
    std::vector<std::vector<float>> of_layers(layer_channels_.size(), distances);
    ParallelFor(workers, blocks, [&](int64_t block) {
      const int patch = static_cast<int>(block) * kPatchBlock;
      const std::vector<float> z = Standardise(residuals, patch, std::min(kPatchBlock, count - patch));
      const float* rows = z.data();
      distances_.front().Compute(rows, kPatchBlock, &of_layers.front()[patch], &distances[patch]);
      for (size_t layer = 1; layer < layer_channels_.size(); ++layer) {
        rows += static_cast<size_t>(layer_channels_[layer - 1]) * kPatchBlock;
        distances_[layer].Compute(rows, kPatchBlock, nullptr, &of_layers[layer][patch]);
      }
    });
    distances.resize(count);
    const std::vector<int> top = Largest(distances, top_patches_);

    PictureScore score;
    score.raw = MeanOf(distances, top);
    score.map.grid = residuals.grid;
    score.map.values.assign(distances.begin(), distances.end());
    size_t channel = 0;
    for (size_t layer = 0; layer < layer_channels_.size(); ++layer) {
      std::vector<float>& of_layer = of_layers[layer];
      of_layer.resize(count);
      score.layers.push_back(
          {residuals.layers[layer], MeanOf(of_layer, Largest(of_layer, top_patches_)), {}});
      for (const size_t end = channel + layer_channels_[layer]; channel < end; ++channel) {
        score.layers.back().channels.push_back(MeanSquare(residuals, channel, top));
      }
    }
    return score;
  }

 private:
  // `count` patches from `first` on: [channels, kPatchBlock].
  std::vector<float> Standardise(const LogResiduals& residuals, int first, int count) const {
    std::vector<float> z(mean_.size() * kPatchBlock);
    for (size_t channel = 0; channel < mean_.size(); ++channel) {
      const float* e = residuals.values.data() + channel * residuals.grid.count() + first;
      float* row = z.data() + channel * kPatchBlock;
      const float mean = mean_[channel];
      const float scale = inverse_deviation_[channel];
      for (int patch = 0; patch < count; ++patch) row[patch] = (e[patch] - mean) * scale;
    }
    return z;
  }

  // Of a channel's standardised values at some patches.
  double MeanSquare(const LogResiduals& residuals, size_t channel, const std::vector<int>& patches) const {
    const float* e = residuals.values.data() + channel * residuals.grid.count();
    double sum = 0;
    for (const int patch : patches) {
      const float z = (e[patch] - mean_[channel]) * inverse_deviation_[channel];
      sum += z * z;
    }
    return patches.empty() ? 0 : sum / static_cast<double>(patches.size());
  }

  std::vector<int> layer_channels_;
  int top_patches_ = 0;
  std::vector<float> mean_;
  // 0 where the deviation is.
  std::vector<float> inverse_deviation_;
  // Under the whole matrix (and so its leading block, the first layer's), then under the block of each later
  // layer.
  std::vector<MahalanobisDistance> distances_;
};

absl::StatusOr<std::unique_ptr<WhitenedScorer>> WhitenedScorer::Make(const WhiteningStatistics& statistics,
                                                                     int top_patches) {
  absl::StatusOr<std::unique_ptr<Impl>> impl = Impl::Make(statistics, top_patches);
  if (!impl.ok()) return impl.status();
  return std::unique_ptr<WhitenedScorer>(new WhitenedScorer(*std::move(impl)));
}

WhitenedScorer::WhitenedScorer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WhitenedScorer::~WhitenedScorer() = default;

PictureScore WhitenedScorer::Score(const ResidualMaps& residuals, const AppearanceVectors&,
                                   Workers workers) const {
  return Score(MakeLogResiduals(residuals, workers), workers);
}

PictureScore WhitenedScorer::Score(const PatchVectors& vectors, Workers workers) const {
  return impl_->Score(vectors, workers);
}

PatchMap WhitenedScorer::Distances(const PatchVectors& vectors, Workers workers) const {
  return impl_->Distances(vectors, workers);
}

}  // namespace mlfsc

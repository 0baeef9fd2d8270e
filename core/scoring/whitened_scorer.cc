#include "core/scoring/whitened_scorer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

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

// The lower Cholesky factor, taken in float64; an error when `matrix` is not positive definite.
absl::StatusOr<Eigen::MatrixXf> Factor(const Eigen::Ref<const Eigen::MatrixXf>& matrix) {
  const Eigen::LLT<Eigen::MatrixXd> cholesky(matrix.cast<double>());
  if (cholesky.info() != Eigen::Success) {
    return absl::InvalidArgumentError(
        absl::StrFormat("correlation matrix of %d channels is not positive definite", matrix.rows()));
  }
  return Eigen::MatrixXf(Eigen::MatrixXd(cholesky.matrixL()).cast<float>());
}

// Row by row: z^T M^-1 z for the M = L L^T that `factor` is L of, as ||L^-1 z||^2.
void Whiten(const Eigen::MatrixXf& factor, Eigen::Ref<Eigen::MatrixXf> z) {
  factor.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(z);
}

Eigen::ArrayXf SquaredNorms(const Eigen::Ref<const Eigen::MatrixXf>& rows) {
  Eigen::ArrayXf norms = Eigen::ArrayXf::Zero(rows.rows());
  // Column by column: that is how they lie in memory.
  for (const auto& column : rows.colwise()) norms += column.array().square();
  return norms;
}

// Indices of the `count` largest, largest first; of equals the first.
std::vector<int> Largest(const Eigen::ArrayXf& values, int count) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min<int>(count, static_cast<int>(order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](int a, int b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  order.resize(count);
  return order;
}

double MeanOf(const Eigen::ArrayXf& values, const std::vector<int>& indices) {
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
    impl->mean_ = Eigen::Map<const Eigen::RowVectorXf>(statistics.mean.data(), channels);
    impl->inverse_deviation_ =
        Eigen::Map<const Eigen::RowVectorXf>(statistics.deviation.data(), channels).unaryExpr([](float d) {
          return d > 0 ? 1 / d : 0;
        });
    const Eigen::Map<const Eigen::MatrixXf> correlation(statistics.correlation.data(), channels, channels);
    absl::StatusOr<Eigen::MatrixXf> factor = Factor(correlation);
    if (!factor.ok()) return factor.status();
    impl->factor_ = *std::move(factor);
    int first = 0;
    for (const int size : statistics.layer_channels) {
      // The first layer's factor is the leading block of the whole one.
      if (first > 0) {
        absl::StatusOr<Eigen::MatrixXf> block = Factor(correlation.block(first, first, size, size));
        if (!block.ok()) return block.status();
        impl->later_factors_.push_back(*std::move(block));
      }
      first += size;
    }
    return impl;
  }

  PictureScore Score(const LogResiduals& residuals) const {
    // Row-major [channels, patches] is column-major [patches, channels].
    const Eigen::Map<const Eigen::MatrixXf> e(residuals.values.data(), residuals.grid.count(), mean_.size());
    const Eigen::MatrixXf z = ((e.rowwise() - mean_).array().rowwise() * inverse_deviation_.array()).matrix();
    Eigen::MatrixXf whitened = z;
    Whiten(factor_, whitened);
    const Eigen::ArrayXf distances = SquaredNorms(whitened);
    const std::vector<int> top = Largest(distances, top_patches_);

    PictureScore score;
    score.raw = MeanOf(distances, top);
    score.map.grid = residuals.grid;
    score.map.values.assign(distances.begin(), distances.end());
    int first = 0;
    for (size_t layer = 0; layer < layer_channels_.size(); ++layer) {
      const int size = layer_channels_[layer];
      if (first > 0) {
        whitened.leftCols(size) = z.middleCols(first, size);
        Whiten(later_factors_[layer - 1], whitened.leftCols(size));
      }
      score.layers.push_back(MakeLayerScore(residuals.layers[layer], SquaredNorms(whitened.leftCols(size)),
                                            z.middleCols(first, size), top));
      first += size;
    }
    return score;
  }

 private:
  // `distances` of the layer's own block; `z` of its channels at all patches; `top`: the picture's top
  // patches.
  LayerScore MakeLayerScore(const std::string& name, const Eigen::ArrayXf& distances,
                            const Eigen::Ref<const Eigen::MatrixXf>& z, const std::vector<int>& top) const {
    LayerScore layer;
    layer.layer = name;
    layer.score = MeanOf(distances, Largest(distances, top_patches_));
    layer.channels.reserve(z.cols());
    for (const auto& channel : z.colwise()) layer.channels.push_back(MeanOf(channel.array().square(), top));
    return layer;
  }

  std::vector<int> layer_channels_;
  int top_patches_ = 0;
  Eigen::RowVectorXf mean_;
  // 0 where the deviation is.
  Eigen::RowVectorXf inverse_deviation_;
  // Lower Cholesky factors of the correlation matrix and of the blocks of the second layer on.
  Eigen::MatrixXf factor_;
  std::vector<Eigen::MatrixXf> later_factors_;
};

absl::StatusOr<std::unique_ptr<WhitenedScorer>> WhitenedScorer::Make(const WhiteningStatistics& statistics,
                                                                     int top_patches) {
  absl::StatusOr<std::unique_ptr<Impl>> impl = Impl::Make(statistics, top_patches);
  if (!impl.ok()) return impl.status();
  return std::unique_ptr<WhitenedScorer>(new WhitenedScorer(*std::move(impl)));
}

WhitenedScorer::WhitenedScorer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WhitenedScorer::~WhitenedScorer() = default;

PictureScore WhitenedScorer::Score(const ResidualMaps& residuals) const {
  return Score(MakeLogResiduals(residuals));
}

PictureScore WhitenedScorer::Score(const LogResiduals& residuals) const { return impl_->Score(residuals); }

}  // namespace mlfsc

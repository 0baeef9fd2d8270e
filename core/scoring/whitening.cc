#include "core/scoring/whitening.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Core>

#include "absl/status/status.h"

namespace mlfsc {
namespace {

// Channels in a block of the outer product: large enough for the matrix product's own blocking.
constexpr int kBlock = 128;

// A deviation below this is rounding: of the residuals (float32, cancelling in ||x||^2 - 2 c.b + c^T G c) and
// of the difference of float64 sums that the variance is. Nothing that a camera sees varies so little.
constexpr double kRoundingDeviation = 1e-6;
constexpr double kRelativeRoundingDeviation = 1e-5;

}  // namespace

class WhiteningAccumulator::Impl {
 public:
  void Add(const LogResiduals& picture, Workers workers) {
    const int channels = std::accumulate(picture.layer_channels.begin(), picture.layer_channels.end(), 0);
    const int count = picture.grid.count();
    Shape(picture.layer_channels, channels);
    // Row-major [channels, patches] is column-major [patches, channels].
    const Eigen::MatrixXd e =
        Eigen::Map<const Eigen::MatrixXf>(picture.values.data(), count, channels).cast<double>();
    sum_ += e.colwise().sum().transpose();
    const auto add_block = [&](int64_t block) {
      const int begin = static_cast<int>(block) * kBlock;
      const int size = std::min(kBlock, channels - begin);
      outer_.block(begin, 0, size, begin + size).noalias() +=
          e.middleCols(begin, size).transpose() * e.leftCols(begin + size);
    };
    const int blocks = (channels + kBlock - 1) / kBlock;
    // The largest first: they end together.
    const auto add_largest_first = [&](int64_t i) { add_block(blocks - 1 - i); };
    ParallelFor(workers, blocks, add_largest_first);
    positions_ += count;
    ++pictures_;
  }

  void Add(const Impl& other) {
    if (other.pictures_ == 0) return;
    Shape(other.layer_channels_, static_cast<int>(other.sum_.size()));
    sum_ += other.sum_;
    outer_ += other.outer_;
    positions_ += other.positions_;
    pictures_ += other.pictures_;
  }

  void Subtract(const Impl& other) {
    if (other.pictures_ == 0) return;
    sum_ -= other.sum_;
    outer_ -= other.outer_;
    positions_ -= other.positions_;
    pictures_ -= other.pictures_;
  }

  int pictures() const { return pictures_; }

  WhiteningStatistics Statistics(double shrinkage) const {
    const int channels = static_cast<int>(sum_.size());
    const double n = static_cast<double>(positions_);
    const Eigen::VectorXd mean = sum_ / n;
    Eigen::VectorXd deviation(channels);
    Eigen::VectorXd inverse(channels);
    for (int i = 0; i < channels; ++i) {
      const double square = outer_(i, i) / n;
      const double rounding = kRoundingDeviation + kRelativeRoundingDeviation * std::sqrt(square);
      deviation[i] = std::sqrt(std::max(0.0, square - mean[i] * mean[i]));
      if (deviation[i] < rounding) deviation[i] = 0;
      inverse[i] = deviation[i] > 0 ? 1 / deviation[i] : 0;
    }

    WhiteningStatistics statistics;
    statistics.layer_channels = layer_channels_;
    statistics.mean.assign(mean.begin(), mean.end());
    statistics.deviation.assign(deviation.begin(), deviation.end());
    statistics.correlation.resize(static_cast<size_t>(channels) * channels);
    for (int i = 0; i < channels; ++i) {
      for (int j = 0; j < i; ++j) {
        const double covariance = outer_(i, j) / n - mean[i] * mean[j];
        const auto shrunk = static_cast<float>((1 - shrinkage) * covariance * inverse[i] * inverse[j]);
        statistics.correlation[static_cast<size_t>(i) * channels + j] = shrunk;
        statistics.correlation[static_cast<size_t>(j) * channels + i] = shrunk;
      }
      statistics.correlation[static_cast<size_t>(i) * channels + i] = 1;
    }
    return statistics;
  }

 private:
  void Shape(const std::vector<int>& layer_channels, int channels) {
    if (sum_.size() > 0) return;
    layer_channels_ = layer_channels;
    sum_ = Eigen::VectorXd::Zero(channels);
    outer_ = Eigen::MatrixXd::Zero(channels, channels);
  }

  std::vector<int> layer_channels_;
  int pictures_ = 0;
  int64_t positions_ = 0;
  // [C], and the lower triangle of [C, C] by blocks (what is above the diagonal blocks stays 0).
  Eigen::VectorXd sum_;
  Eigen::MatrixXd outer_;
};

WhiteningAccumulator::WhiteningAccumulator() : impl_(std::make_unique<Impl>()) {}
WhiteningAccumulator::~WhiteningAccumulator() = default;
WhiteningAccumulator::WhiteningAccumulator(WhiteningAccumulator&&) noexcept = default;
WhiteningAccumulator& WhiteningAccumulator::operator=(WhiteningAccumulator&&) noexcept = default;

void WhiteningAccumulator::Add(const LogResiduals& picture, Workers workers) { impl_->Add(picture, workers); }
void WhiteningAccumulator::Add(const WhiteningAccumulator& other) { impl_->Add(*other.impl_); }
void WhiteningAccumulator::Subtract(const WhiteningAccumulator& other) { impl_->Subtract(*other.impl_); }
int WhiteningAccumulator::pictures() const { return impl_->pictures(); }

absl::StatusOr<WhiteningStatistics> WhiteningAccumulator::Statistics(double shrinkage) const {
  if (impl_->pictures() == 0) {
    return absl::FailedPreconditionError("0 good pictures have no statistics: at least 1 is needed");
  }
  return impl_->Statistics(shrinkage);
}

}  // namespace mlfsc

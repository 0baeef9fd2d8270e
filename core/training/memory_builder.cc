#include "core/training/memory_builder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>

namespace mlfsc {
namespace {

// A channel whose deviation is below this share of its layer's varies by rounding only and is left out.
constexpr double kLeastShare = 1e-4;
constexpr double kTwoPi = 6.283185307179586;

// In (0, 1): 53 random bits and a half.
double Uniform(std::mt19937_64* random) { return (static_cast<double>((*random)() >> 11) + 0.5) * 0x1p-53; }

}  // namespace

MemoryBuilder::MemoryBuilder(uint64_t seed) : random_(seed) {}

// Box and Muller's; std::normal_distribution may differ between libraries.
double MemoryBuilder::Normal() {
  const double radius = std::sqrt(-2 * std::log(Uniform(&random_)));
  return radius * std::cos(kTwoPi * Uniform(&random_));
}

void MemoryBuilder::Measure(const PatchVectors& windows) {
  const int count = windows.grid.count();
  if (sums_.empty()) {
    layer_channels_ = windows.layer_channels;
    sums_.resize(count > 0 ? windows.values.size() / count : 0);
    squares_.resize(sums_.size());
  }
  for (size_t channel = 0; channel < sums_.size(); ++channel) {
    const float* row = windows.row(static_cast<int>(channel));
    for (int i = 0; i < count; ++i) {
      sums_[channel] += row[i];
      squares_[channel] += double{row[i]} * row[i];
    }
  }
  measured_ += count;
}

void MemoryBuilder::MakeProjection() {
  const auto count = static_cast<double>(measured_);
  const int channels = static_cast<int>(sums_.size());
  std::vector<double> deviations(channels);
  for (int i = 0; i < channels; ++i) {
    const double mean = sums_[i] / count;
    deviations[i] = std::sqrt(std::max(0.0, squares_[i] / count - mean * mean));
  }
  std::vector<double> scales(channels);
  int begin = 0;
  for (const int size : layer_channels_) {
    double square = 0;
    for (int i = begin; i < begin + size; ++i) square += deviations[i] * deviations[i];
    const double of_layer = std::sqrt(square / size);
    for (int i = begin; i < begin + size; ++i) {
      if (deviations[i] > kLeastShare * of_layer) scales[i] = 1 / std::sqrt(deviations[i] * of_layer);
    }
    begin += size;
  }
  projection_.clear();
  projection_.reserve(static_cast<size_t>(kDimensions) * channels);
  for (int dimension = 0; dimension < kDimensions; ++dimension) {
    for (int i = 0; i < channels; ++i) {
      projection_.push_back(static_cast<float>(Normal() * scales[i] / std::sqrt(double{kDimensions})));
    }
  }
  packed_projection_ = PackedRows(projection_, kDimensions, channels);
}

void MemoryBuilder::Remember(const PatchVectors& windows, int fold) {
  const int count = windows.grid.count();
  const auto channels = static_cast<int>(sums_.size());
  std::vector<float> z(static_cast<size_t>(channels) * kPatchBlock);
  std::vector<float> projected(static_cast<size_t>(kDimensions) * kPatchBlock);
  for (int first = 0; first < count; first += kPatchBlock) {
    const int here = std::min(kPatchBlock, count - first);
    for (int channel = 0; channel < channels; ++channel) {
      std::copy_n(windows.row(channel) + first, here, &z[static_cast<size_t>(channel) * kPatchBlock]);
    }
    packed_projection_.Multiply(z.data(), kPatchBlock, projected.data());
    for (int i = 0; i < here; ++i) {
      size_t place = folds_.size();
      if (place == kCandidates) {
        place = random_() % static_cast<uint64_t>(seen_ + 1);
      } else {
        folds_.emplace_back();
        candidates_.resize(candidates_.size() + kDimensions);
      }
      ++seen_;
      if (place >= kCandidates) continue;
      folds_[place] = fold;
      for (int d = 0; d < kDimensions; ++d) {
        candidates_[place * kDimensions + d] = projected[static_cast<size_t>(d) * kPatchBlock + i];
      }
    }
  }
}

void MemoryBuilder::Select(Workers workers) {
  std::map<int, std::vector<int>> by_fold;
  for (size_t place = 0; place < folds_.size(); ++place) by_fold[folds_[place]].push_back(static_cast<int>(place));
  std::vector<const std::vector<int>*> folds;
  for (const auto& [fold, candidates] : by_fold) folds.push_back(&candidates);
  std::vector<std::vector<int>> chosen(folds.size());
  const int wanted = kVectors / std::max(1, static_cast<int>(folds.size()));
  ParallelFor(workers, static_cast<int64_t>(folds.size()),
              [&](int64_t i) { chosen[i] = Farthest(*folds[i], std::max(1, wanted), workers); });
  selected_.clear();
  for (const std::vector<int>& places : chosen) selected_.insert(selected_.end(), places.begin(), places.end());
}

std::vector<int> MemoryBuilder::Farthest(const std::vector<int>& candidates, int wanted, Workers workers) const {
  const int count = static_cast<int>(candidates.size());
  // A dimension a row: a step is a few passes over long rows.
  std::vector<float> rows(static_cast<size_t>(kSelectingDimensions) * count);
  for (int i = 0; i < count; ++i) {
    const float* candidate = &candidates_[static_cast<size_t>(candidates[i]) * kDimensions];
    for (int d = 0; d < kSelectingDimensions; ++d) rows[static_cast<size_t>(d) * count + i] = candidate[d];
  }
  std::vector<int> places;
  std::vector<float> distances(count, std::numeric_limits<float>::max());
  std::vector<float> squares(count);
  int next = 0;
  while (static_cast<int>(places.size()) < std::min(count, wanted)) {
    workers.Check();
    places.push_back(candidates[next]);
    std::fill(squares.begin(), squares.end(), 0.0F);
    for (int d = 0; d < kSelectingDimensions; ++d) {
      const float* row = rows.data() + static_cast<size_t>(d) * count;
      const float center = row[next];
      for (int i = 0; i < count; ++i) {
        const float difference = row[i] - center;
        squares[i] += difference * difference;
      }
    }
    for (int i = 0; i < count; ++i) distances[i] = std::min(distances[i], squares[i]);
    next = static_cast<int>(std::max_element(distances.begin(), distances.end()) - distances.begin());
    if (distances[next] == 0) break;
  }
  return places;
}

MemoryBank MemoryBuilder::BankWithout(int fold) const {
  MemoryBank bank;
  bank.channels = static_cast<int>(sums_.size());
  bank.dimensions = kDimensions;
  bank.projection = projection_;
  for (const int place : selected_) {
    if (folds_[place] == fold) continue;
    const float* vector = &candidates_[static_cast<size_t>(place) * kDimensions];
    bank.values.insert(bank.values.end(), vector, vector + kDimensions);
    ++bank.vectors;
  }
  return bank;
}

}  // namespace mlfsc

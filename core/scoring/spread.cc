#include "core/scoring/spread.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mlfsc {
namespace {

// Upper quartile of the standard normal distribution.
constexpr double kNormalQuartile = 0.6744897501960817;

// Of 2 to 20 values; make_spread_factors.py printed them.
constexpr std::array<PredictionFactors, 19> kFactors = {{
    {0.6744897501960817, 1}, {0.7105, 2.004},  {0.8187, 3.034},  {0.8530, 3.059},  {0.8728, 4.007},
    {0.9193, 4.978},         {0.9156, 5.494},  {0.9335, 6.552},  {0.9401, 7.373},  {0.9488, 8.133},
    {0.9513, 9.027},         {0.9596, 9.961},  {0.9581, 10.563}, {0.9648, 11.570}, {0.9652, 12.384},
    {0.9691, 13.468},        {0.9704, 14.189}, {0.9748, 15.107}, {0.9731, 15.761},
}};

// Pairs of `sorted` that are at most `distance` apart.
int64_t PairsWithin(const std::vector<double>& sorted, double distance) {
  int64_t pairs = 0;
  size_t begin = 0;
  for (size_t end = 0; end < sorted.size(); ++end) {
    while (sorted[end] - sorted[begin] > distance) ++begin;
    pairs += static_cast<int64_t>(end - begin);
  }
  return pairs;
}

double FromBits(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

uint64_t ToBits(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// The `rank`-th smallest distance of a pair, from 1. Doubles that are not negative are ordered as their bits
// are: halving the range of bits finds it to the last one.
double DistanceOfRank(const std::vector<double>& sorted, int64_t rank) {
  uint64_t low = 0;
  uint64_t high = ToBits(sorted.back() - sorted.front());
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (PairsWithin(sorted, FromBits(middle)) >= rank) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return FromBits(low);
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
}

double PairwiseSpread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<int64_t>(values.size());
  const int64_t pairs = count * (count - 1) / 2;
  const double lower = DistanceOfRank(values, (pairs + 1) / 2);
  const double upper = pairs % 2 == 1 ? lower : DistanceOfRank(values, pairs / 2 + 1);
  return (lower / 2 + upper / 2) / (std::sqrt(2.0) * kNormalQuartile);
}

PredictionFactors PredictionFactorsOf(int count) {
  const auto index = static_cast<size_t>(count - 2);
  if (index < kFactors.size()) return kFactors[index];
  const double n = count;
  return {1 - 0.42 / n - 1.9 / (n * n), 0.8637 * (n - 1) - 0.4};
}

}  // namespace mlfsc

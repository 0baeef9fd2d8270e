#include "core/coding/atom_passes.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/atom_passes.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Doubles = hn::ScalableTag<double>;
using Vec = hn::Vec<Doubles>;

// Vectors of the result that are summed at once.
constexpr size_t kWidth = 4;

template <size_t kVectors>
HWY_INLINE void SubtractBlock(const double* HWY_RESTRICT start, const double* HWY_RESTRICT matrix,
                              const int* rows, size_t num_rows, const double* weights, size_t length,
                              double* HWY_RESTRICT result) {
  const Doubles d;
  const size_t lanes = hn::Lanes(d);
  Vec sums[kVectors];
  for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::LoadU(d, start + v * lanes);
  for (size_t i = 0; i < num_rows; ++i) {
    const Vec weight = hn::Set(d, weights[rows[i]]);
    const double* row = matrix + rows[i] * length;
    for (size_t v = 0; v < kVectors; ++v) {
      sums[v] = hn::NegMulAdd(weight, hn::LoadU(d, row + v * lanes), sums[v]);
    }
  }
  for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, result + v * lanes);
}

void Subtract(const double* start, const double* matrix, const int* rows, size_t num_rows,
              const double* weights, size_t length, double* result) {
  const size_t lanes = hn::Lanes(Doubles());
  size_t j = 0;
  for (; j + kWidth * lanes <= length; j += kWidth * lanes) {
    SubtractBlock<kWidth>(start + j, matrix + j, rows, num_rows, weights, length, result + j);
  }
  for (; j + lanes <= length; j += lanes) {
    SubtractBlock<1>(start + j, matrix + j, rows, num_rows, weights, length, result + j);
  }
  for (; j < length; ++j) {
    double sum = start[j];
    for (size_t i = 0; i < num_rows; ++i) sum -= weights[rows[i]] * matrix[rows[i] * length + j];
    result[j] = sum;
  }
}

size_t FindLargest(const double* values, size_t length) {
  const Doubles d;
  const size_t lanes = hn::Lanes(d);
  const size_t whole = length / lanes * lanes;
  Vec largest_of_lanes = hn::Zero(d);
  for (size_t j = 0; j < whole; j += lanes) {
    largest_of_lanes = hn::Max(largest_of_lanes, hn::Abs(hn::LoadU(d, values + j)));
  }
  double largest = hn::GetLane(hn::MaxOfLanes(d, largest_of_lanes));
  for (size_t j = whole; j < length; ++j) largest = std::max(largest, std::abs(values[j]));

  const Vec wanted = hn::Set(d, largest);
  for (size_t j = 0; j < whole; j += lanes) {
    const auto found = hn::Eq(hn::Abs(hn::LoadU(d, values + j)), wanted);
    if (!hn::AllFalse(d, found)) return j + static_cast<size_t>(hn::FindFirstTrue(d, found));
  }
  for (size_t j = whole; j < length; ++j) {
    if (std::abs(values[j]) == largest) return j;
  }
  return 0;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(Subtract);
HWY_EXPORT(FindLargest);

void SubtractWeightedRows(absl::Span<const double> start, absl::Span<const double> matrix,
                          absl::Span<const int> rows, absl::Span<const double> weights,
                          absl::Span<double> result) {
  HWY_DYNAMIC_DISPATCH(Subtract)
  (start.data(), matrix.data(), rows.data(), rows.size(), weights.data(), result.size(), result.data());
}

int LargestMagnitude(absl::Span<const double> values) {
  return static_cast<int>(HWY_DYNAMIC_DISPATCH(FindLargest)(values.data(), values.size()));
}

}  // namespace mlfsc
#endif  // HWY_ONCE

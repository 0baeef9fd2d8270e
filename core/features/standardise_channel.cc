#include "core/features/standardise_channel.h"

#include <cmath>
#include <cstddef>
#include <cstring>

#include "core/features/feature_extractor.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/features/standardise_channel.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, once for each target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Floats = hn::Rebind<float, Doubles>;

// Vectors that are added up side by side, to hide the latency of an addition.
constexpr size_t kSums = 4;

// sum (values[i] - shift)^2, or sum (values[i] - shift) when not `kSquared`.
template <bool kSquared>
double Sum(const float* values, size_t count, double shift) {
  const Doubles d;
  const Floats floats;
  const size_t lanes = hn::Lanes(d);
  const auto shifts = hn::Set(d, shift);
  hn::Vec<Doubles> sums[kSums];
  for (auto& sum : sums) sum = hn::Zero(d);
  size_t i = 0;
  for (; i + kSums * lanes <= count; i += kSums * lanes) {
    for (size_t s = 0; s < kSums; ++s) {
      const auto v = hn::Sub(hn::PromoteTo(d, hn::LoadU(floats, values + i + s * lanes)), shifts);
      sums[s] = kSquared ? hn::MulAdd(v, v, sums[s]) : hn::Add(sums[s], v);
    }
  }
  const auto all = hn::SumOfLanes(d, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3])));
  double sum = hn::GetLane(all);
  for (; i < count; ++i) {
    const double v = static_cast<double>(values[i]) - shift;
    sum += kSquared ? v * v : v;
  }
  return sum;
}

// values[i] = (values[i] - mean) * scale, in float64.
void Rescale(float* values, size_t count, double mean, double scale) {
  const Doubles d;
  const Floats floats;
  const size_t lanes = hn::Lanes(d);
  const auto means = hn::Set(d, mean);
  const auto scales = hn::Set(d, scale);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto v = hn::Sub(hn::PromoteTo(d, hn::LoadU(floats, values + i)), means);
    hn::StoreU(hn::DemoteTo(floats, hn::Mul(v, scales)), floats, values + i);
  }
  for (; i < count; ++i) values[i] = static_cast<float>((values[i] - mean) * scale);
}

bool StandardiseOne(float* values, size_t count) {
  const double mean = Sum<false>(values, count, 0) / static_cast<double>(count);
  const double squares = Sum<true>(values, count, mean);
  // Sums of float32 values cannot overflow in float64: only a value that is not finite can spoil this.
  if (!std::isfinite(squares)) return false;
  const double deviation = count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0;
  if (deviation <= kConstantShare * std::abs(mean)) {
    std::memset(values, 0, count * sizeof(float));
  } else {
    Rescale(values, count, mean, 1 / deviation);
  }
  return true;
}

}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(StandardiseOne);

bool StandardiseChannel(float* values, size_t count) {
  return HWY_DYNAMIC_DISPATCH(StandardiseOne)(values, count);
}

}  // namespace mlfsc
#endif  // HWY_ONCE

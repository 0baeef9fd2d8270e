#include "core/scoring/log1p.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/scoring/log1p.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, once for each target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void Log1pVectors(const float* x, size_t count, float* result) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::Log1p(d, hn::LoadU(d, x + i)), d, result + i);
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) hn::StoreU(hn::Log1p(one, hn::LoadU(one, x + i)), one, result + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(Log1pVectors);

void Log1p(absl::Span<const float> x, float* result) {
  HWY_DYNAMIC_DISPATCH(Log1pVectors)(x.data(), x.size(), result);
}

}  // namespace mlfsc
#endif

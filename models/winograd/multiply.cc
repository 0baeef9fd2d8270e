#include "models/winograd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/winograd/multiply.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc::winograd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

constexpr size_t kLanes = HWY_LANES(float);

// Tiles whose sums stay in registers: twice as many vectors as tiles, and three more, of 32 registers or
// of 16.
#if HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64
constexpr int kMostTiles = 13;
#else
constexpr int kMostTiles = 6;
#endif

// Sums of kTiles tiles and one panel. `input`: [chunks, all tiles, lanes], `weights`: [inputs, 2 lanes],
// `output`: [2, all tiles, lanes]; `pitch`: floats from a chunk to the next.
template <int kTiles>
HWY_INLINE void MultiplyTiles(const float* HWY_RESTRICT input, const float* HWY_RESTRICT weights, int chunks,
                              size_t pitch, float* HWY_RESTRICT output) {
  const Floats d;
  Vec sums[kTiles][2];
#pragma GCC unroll 16
  for (int t = 0; t < kTiles; ++t) {
    sums[t][0] = hn::Zero(d);
    sums[t][1] = hn::Zero(d);
  }
  for (int chunk = 0; chunk < chunks; ++chunk, input += pitch) {
#pragma GCC unroll 4
    for (size_t channel = 0; channel < kLanes; ++channel, weights += 2 * kLanes) {
      const Vec left = hn::Load(d, weights);
      const Vec right = hn::Load(d, weights + kLanes);
#pragma GCC unroll 16
      for (int t = 0; t < kTiles; ++t) {
        const Vec value = hn::Set(d, input[t * kLanes + channel]);
        sums[t][0] = hn::MulAdd(value, left, sums[t][0]);
        sums[t][1] = hn::MulAdd(value, right, sums[t][1]);
      }
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < kTiles; ++t) {
    hn::Store(sums[t][0], d, output + t * kLanes);
    hn::Store(sums[t][1], d, output + pitch + t * kLanes);
  }
}

template <int kTiles>
void MultiplyUpTo(int tiles, const float* input, const float* weights, int chunks, size_t pitch,
                  float* output) {
  if (tiles == kTiles) return MultiplyTiles<kTiles>(input, weights, chunks, pitch, output);
  if constexpr (kTiles > 1) MultiplyUpTo<kTiles - 1>(tiles, input, weights, chunks, pitch, output);
}

void MultiplyPanels(const Products& products, int begin, int end) {
  const int tiles = products.input.tiles;
  const size_t pitch = tiles * kLanes;
  const int chunks = products.inputs / static_cast<int>(kLanes);
  const int panels = products.outputs / static_cast<int>(2 * kLanes);
  // Groups of nearly equal size: no small remainder, which would leave the multipliers waiting for one
  // another.
  const int groups = (tiles + kMostTiles - 1) / kMostTiles;
  for (int i = begin; i < end; ++i) {
    const int element = i / panels;
    const float* input = products.input.values + element * products.input.matrix;
    const float* weights = products.weights + static_cast<size_t>(i) * products.inputs * 2 * kLanes;
    float* output = products.output.values + element * products.output.matrix + (i % panels) * 2 * pitch;
    for (int group = 0; group < groups; ++group) {
      const int first = tiles * group / groups;
      const int last = tiles * (group + 1) / groups;
      MultiplyUpTo<kMostTiles>(last - first, input + first * kLanes, weights, chunks, pitch,
                               output + first * kLanes);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc::winograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc::winograd {

HWY_EXPORT(MultiplyPanels);

void Multiply(const Products& products, int begin, int end) {
  HWY_DYNAMIC_DISPATCH(MultiplyPanels)(products, begin, end);
}

}  // namespace mlfsc::winograd
#endif  // HWY_ONCE

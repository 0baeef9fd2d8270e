#include <algorithm>

#include "models/winograd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/winograd/convolve_first.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc::winograd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

// Chunks and pixels whose sums stay in registers.
#if HWY_MAX_BYTES >= 64
constexpr int kChunks = 4;
#else
constexpr int kChunks = 2;
#endif
constexpr int kMostPixels = 6;
constexpr int kTaps = 27;

template <int kPixels>
HWY_INLINE void ConvolvePixels(const FirstLayer& layer, int chunk, const Planes& input, size_t at,
                               const Chunked<float>& output, size_t to) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const float* weights = layer.weights + chunk * kTaps * lanes;
  Vec sums[kPixels][kChunks];
  for (int c = 0; c < kChunks; ++c) {
    const Vec bias = hn::Load(d, layer.bias + (chunk + c) * lanes);
    for (int p = 0; p < kPixels; ++p) sums[p][c] = bias;
  }
  for (int colour = 0; colour < 3; ++colour) {
    for (int i = 0; i < 3; ++i) {
      const float* row = input.first + at + colour * input.plane + i * input.row;
      for (int j = 0; j < 3; ++j, weights += lanes) {
        Vec weight[kChunks];
        for (int c = 0; c < kChunks; ++c) weight[c] = hn::Load(d, weights + c * kTaps * lanes);
        for (int p = 0; p < kPixels; ++p) {
          const Vec pixel = hn::Set(d, row[p + j]);
          for (int c = 0; c < kChunks; ++c) sums[p][c] = hn::MulAdd(pixel, weight[c], sums[p][c]);
        }
      }
    }
  }
  for (int c = 0; c < kChunks; ++c) {
    float* out = output.first + (chunk + c) * output.chunk + to;
    for (int p = 0; p < kPixels; ++p) hn::Store(hn::Max(sums[p][c], hn::Zero(d)), d, out + p * lanes);
  }
}

template <int kPixels>
void ConvolveUpTo(int pixels, const FirstLayer& layer, int chunk, const Planes& input, size_t at,
                  const Chunked<float>& output, size_t to) {
  if (pixels == kPixels) return ConvolvePixels<kPixels>(layer, chunk, input, at, output, to);
  if constexpr (kPixels > 1) ConvolveUpTo<kPixels - 1>(pixels, layer, chunk, input, at, output, to);
}

void ConvolveRows(const FirstLayer& layer, const Planes& input, int rows, int cols,
                  const Chunked<float>& output) {
  const size_t lanes = hn::Lanes(Floats());
  const int chunks = layer.outputs / static_cast<int>(lanes);
  for (int i = 0; i < rows; ++i) {
    for (int chunk = 0; chunk < chunks; chunk += kChunks) {
      for (int j = 0; j < cols; j += kMostPixels) {
        ConvolveUpTo<kMostPixels>(std::min(kMostPixels, cols - j), layer, chunk, input, i * input.row + j,
                                  output, i * output.row + j * lanes);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc::winograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc::winograd {

HWY_EXPORT(ConvolveRows);

void ConvolveFirst(const FirstLayer& layer, const Planes& input, int rows, int cols,
                   const Chunked<float>& output) {
  HWY_DYNAMIC_DISPATCH(ConvolveRows)(layer, input, rows, cols, output);
}

}  // namespace mlfsc::winograd
#endif  // HWY_ONCE

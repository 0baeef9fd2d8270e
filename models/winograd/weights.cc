#include "models/winograd/weights.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "models/winograd/kernels.h"

namespace mlfsc::winograd {
namespace {

constexpr int kFilter = 3;

using Matrix = std::array<std::array<double, kFilter>, kWindow>;

Matrix MakeG() {
  const std::array<double, kWindow - 1> points = {0, kNear, -kNear, kFar, -kFar};
  Matrix g{};
  for (size_t i = 0; i < points.size(); ++i) {
    double scale = 1;
    for (size_t j = 0; j < points.size(); ++j) scale /= j == i ? 1 : points[i] - points[j];
    for (double& entry : g[i]) {
      entry = scale;
      scale *= points[i];
    }
  }
  g[kWindow - 1][kFilter - 1] = 1;
  return g;
}

// `elements`: written at every `stride`-th place.
void TransformFilter(const Matrix& g, const float* filter, float* elements, size_t stride) {
  double half[kWindow][kFilter];
  for (int i = 0; i < kWindow; ++i) {
    for (int j = 0; j < kFilter; ++j) {
      half[i][j] = g[i][0] * filter[j] + g[i][1] * filter[kFilter + j] + g[i][2] * filter[2 * kFilter + j];
    }
  }
  for (int i = 0; i < kWindow; ++i) {
    for (int j = 0; j < kWindow; ++j, elements += stride) {
      *elements = static_cast<float>(half[i][0] * g[j][0] + half[i][1] * g[j][1] + half[i][2] * g[j][2]);
    }
  }
}

}  // namespace

AlignedFloats TransformedFilters(const std::vector<float>& filters, int inputs, int outputs,
                                 ThreadPool* pool) {
  const Matrix g = MakeG();
  const int width = static_cast<int>(2 * Lanes());
  const size_t matrix = static_cast<size_t>(inputs) * outputs;
  AlignedFloats packed(kElements * matrix);
  pool->ParallelFor(outputs / width, [&](int64_t panel) {
    float* to = packed.data() + panel * inputs * width;
    for (int input = 0; input < inputs; ++input) {
      for (int lane = 0; lane < width; ++lane, ++to) {
        const size_t filter = static_cast<size_t>(panel * width + lane) * inputs + input;
        TransformFilter(g, filters.data() + filter * kFilter * kFilter, to, matrix);
      }
    }
  });
  return packed;
}

AlignedFloats FirstFilters(const std::vector<float>& filters, int outputs) {
  constexpr size_t kTaps = 27;
  const size_t lanes = Lanes();
  AlignedFloats packed(static_cast<size_t>(outputs) * kTaps);
  for (size_t output = 0; output < static_cast<size_t>(outputs); ++output) {
    for (size_t tap = 0; tap < kTaps; ++tap) {
      packed.data()[(output / lanes * kTaps + tap) * lanes + output % lanes] = filters[output * kTaps + tap];
    }
  }
  return packed;
}

AlignedFloats Aligned(const std::vector<float>& values) {
  AlignedFloats aligned(values.size());
  std::copy(values.begin(), values.end(), aligned.data());
  return aligned;
}

}  // namespace mlfsc::winograd

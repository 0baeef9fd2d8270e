// A convolution as it is defined, in float64.
#ifndef MLFSC_TESTS_MODELS_WINOGRAD_NAIVE_CONVOLUTION_H_
#define MLFSC_TESTS_MODELS_WINOGRAD_NAIVE_CONVOLUTION_H_

#include <cstddef>
#include <random>
#include <vector>

namespace mlfsc::testing {

// [channels, side, side], row-major.
struct NaiveMap {
  int channels = 0;
  int side = 0;
  std::vector<float> values;

  // 0 outside.
  double at(int channel, int row, int col) const {
    if (row < 0 || row >= side || col < 0 || col >= side) return 0;
    return values[(static_cast<size_t>(channel) * side + row) * side + col];
  }
};

struct NaiveFilters {
  int inputs = 0;
  int outputs = 0;
  // [outputs, inputs, 3, 3] and [outputs].
  std::vector<float> weights;
  std::vector<float> bias;
};

// Like a ReLU's output: half of them 0, the others up to 1.
inline NaiveMap RandomMap(int channels, int side, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-1, 1);
  NaiveMap map{channels, side, std::vector<float>(static_cast<size_t>(channels) * side * side)};
  for (float& v : map.values) v = value(random) > 0 ? value(random) * 0.5F + 0.5F : 0;
  return map;
}

inline NaiveFilters RandomFilters(int inputs, int outputs, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> value(0, 0.05F);
  NaiveFilters filters{inputs, outputs, std::vector<float>(size_t{9} * inputs * outputs),
                       std::vector<float>(static_cast<size_t>(outputs))};
  for (float& v : filters.weights) v = value(random);
  for (float& v : filters.bias) v = value(random);
  return filters;
}

// [outputs, side, side]: 3 x 3, stride 1, a border of zeros.
inline std::vector<double> Convolve(const NaiveMap& map, const NaiveFilters& filters) {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(filters.outputs) * map.side * map.side);
  // With its border, in float64, so that the innermost loop has no branch.
  const int row = map.side + 2;
  std::vector<double> padded(static_cast<size_t>(map.channels) * row * row);
  for (int c = 0; c < map.channels; ++c) {
    for (int i = 0; i < row; ++i) {
      for (int j = 0; j < row; ++j) {
        padded[(static_cast<size_t>(c) * row + i) * row + j] = map.at(c, i - 1, j - 1);
      }
    }
  }
  for (int o = 0; o < filters.outputs; ++o) {
    for (int i = 0; i < map.side; ++i) {
      for (int j = 0; j < map.side; ++j) {
        double sum = filters.bias[o];
        const float* weight = &filters.weights[static_cast<size_t>(o) * filters.inputs * 9];
        for (int c = 0; c < map.channels; ++c, weight += 9) {
          const double* window = &padded[(static_cast<size_t>(c) * row + i) * row + j];
          for (int t = 0; t < 9; ++t) sum += weight[t] * window[t / 3 * row + t % 3];
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_MODELS_WINOGRAD_NAIVE_CONVOLUTION_H_

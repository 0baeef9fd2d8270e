#include "models/winograd/kernels.h"

#include <algorithm>
#include <utility>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "core/base/thread_pool.h"
#include "models/winograd/aligned_floats.h"
#include "models/winograd/plan.h"
#include "models/winograd/weights.h"
#include "tests/models/winograd/naive_convolution.h"

namespace mlfsc::winograd {
namespace {

using ::mlfsc::testing::Convolve;
using ::mlfsc::testing::NaiveFilters;
using ::mlfsc::testing::NaiveMap;
using ::mlfsc::testing::RandomFilters;
using ::mlfsc::testing::RandomMap;

// [channels, side, side] as [channels / lanes, side + 2 border, side + 2 border, lanes].
struct ChunkedMap {
  ChunkedMap(int channel_count, int side_length, int border_width)
      : side(side_length),
        border(border_width),
        row((side + 2 * border) * Lanes()),
        chunk((side + 2 * border) * row),
        values(channel_count / Lanes() * chunk) {}

  float& at(int channel, int i, int j) {
    const auto lanes = static_cast<int>(Lanes());
    return values
        .data()[channel / lanes * chunk + (i + border) * row + (j + border) * lanes + channel % lanes];
  }
  Chunked<float> from(int i, int j) {
    return {values.data() + (i + border) * row + (j + border) * Lanes(), row, chunk};
  }

  int side;
  int border;
  size_t row;
  size_t chunk;
  AlignedFloats values;
};

ChunkedMap Padded(const NaiveMap& map) {
  ChunkedMap padded(map.channels, map.side, 1);
  for (int c = 0; c < map.channels; ++c) {
    for (int i = 0; i < map.side; ++i) {
      for (int j = 0; j < map.side; ++j) padded.at(c, i, j) = static_cast<float>(map.at(c, i, j));
    }
  }
  return padded;
}

struct Outputs {
  ChunkedMap tap;
  ChunkedMap next;
  ChunkedMap pooled;
  // Averages of 1, 2 and 4 a tile's side.
  ChunkedMap ones;
  ChunkedMap twos;
  ChunkedMap fours;
};

// One layer in blocks of `block`, by all ways that its output can go.
Outputs ConvolveInBlocks(const NaiveMap& map, const NaiveFilters& filters, const TileBlock& block) {
  ThreadPool pool(0);
  ChunkedMap input = Padded(map);
  const AlignedFloats weights = TransformedFilters(filters.weights, filters.inputs, filters.outputs, &pool);
  const AlignedFloats bias = Aligned(filters.bias);
  Outputs out = {
      {filters.outputs, map.side, 0}, {filters.outputs, map.side, 1}, {filters.outputs, map.side / 2, 1},
      {filters.outputs, map.side / 4, 0}, {filters.outputs, map.side / 2, 0}, {filters.outputs, map.side, 0}};
  const auto lanes = static_cast<int>(Lanes());
  const int tiles = map.side / kTile;
  for (int row = 0; row < tiles; row += block.rows) {
    for (int col = 0; col < tiles; col += block.cols) {
      const TileBlock here = {std::min(block.rows, tiles - row), std::min(block.cols, tiles - col)};
      const size_t pitch = MatrixPitch(filters.inputs, here.tiles());
      const size_t output_pitch = MatrixPitch(filters.outputs, here.tiles());
      AlignedFloats elements(kElements * (pitch + output_pitch));
      const ElementMatrices in = {elements.data(), here.tiles(), pitch};
      const ElementMatrices sums = {elements.data() + kElements * pitch, here.tiles(), output_pitch};
      const Chunked<float> windows = input.from(row * kTile - 1, col * kTile - 1);
      TransformInput({windows.first, windows.row, windows.chunk}, here, {0, filters.inputs / lanes}, in);
      const int panels = kElements * filters.outputs / (2 * lanes);
      Multiply({in, weights.data(), filters.inputs, filters.outputs, sums}, 0, panels / 3);
      Multiply({in, weights.data(), filters.inputs, filters.outputs, sums}, panels / 3, panels);
      const ChunkRange chunks = {0, filters.outputs / lanes};
      TransformOutput(sums, here, chunks, {bias.data(), out.tap.from(row * kTile, col * kTile), {}, false});
      TransformOutput(sums, here, chunks, {bias.data(), {}, out.next.from(row * kTile, col * kTile), false});
      TransformOutput(sums, here, chunks,
                      {bias.data(), {}, out.pooled.from(row * kTile / 2, col * kTile / 2), true});
      // As the network asks for them: beside a pooled output, with and without a tap, and beside a tap alone.
      const Chunked<float> pooled = out.pooled.from(row * kTile / 2, col * kTile / 2);
      const Chunked<float> tap = out.tap.from(row * kTile, col * kTile);
      TransformOutput(sums, here, chunks, {bias.data(), {}, pooled, true, out.ones.from(row, col), 1});
      TransformOutput(sums, here, chunks, {bias.data(), tap, pooled, true, out.twos.from(2 * row, 2 * col), 2});
      TransformOutput(sums, here, chunks, {bias.data(), tap, {}, false, out.fours.from(4 * row, 4 * col), 4});
    }
  }
  return out;
}

// A float32 sum of 9 * inputs products is off by about the square root of their number in half units of the
// last place of what is summed, here of the layer's largest value; by Winograd's algorithm with these points
// by about twice that (tiles.h).
double Tolerance(int inputs, const std::vector<double>& reference) {
  double largest = 0;
  for (const double value : reference) largest = std::max(largest, std::abs(value));
  return 2 * std::sqrt(9.0 * inputs) * std::ldexp(1.0, -24) * largest;
}

// Each average is that of its square of positive parts: up to 16 of them, added up in float32.
void ExpectAverages(Outputs& out, int channels, int side) {
  for (auto& [averages, square] : {std::pair(&out.ones, 4), std::pair(&out.twos, 2), std::pair(&out.fours, 1)}) {
    for (int c = 0; c < channels; ++c) {
      for (int i = 0; i < side / square; ++i) {
        for (int j = 0; j < side / square; ++j) {
          double sum = 0;
          for (int y = 0; y < square; ++y) {
            for (int x = 0; x < square; ++x) sum += out.next.at(c, i * square + y, j * square + x);
          }
          ASSERT_NEAR(averages->at(c, i, j), sum / (square * square), 16 * std::ldexp(sum, -24))
              << "square of " << square << ", channel " << c << ", " << i << ", " << j;
        }
      }
    }
  }
}

// Runs on every instruction set that this CPU has.
class KernelsTest : public ::testing::TestWithParam<int64_t> {
 protected:
  KernelsTest() { hwy::SetSupportedTargetsForTest(GetParam()); }
  ~KernelsTest() override { hwy::SetSupportedTargetsForTest(0); }
};

std::vector<int64_t> Targets() {
  std::vector<int64_t> targets;
  for (int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    if (target != HWY_SCALAR) targets.push_back(target);
  }
  return targets;
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest, ::testing::ValuesIn(Targets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

TEST_P(KernelsTest, EachLayerAgreesWithDirectConvolutionInFloat64) {
  struct Shape {
    int inputs;
    int outputs;
    int side;
  };
  for (const Shape& shape : {Shape{64, 64, 20},
                             {64, 128, 12},
                             {128, 128, 12},
                             {128, 256, 8},
                             {256, 256, 8},
                             {256, 512, 4},
                             {512, 512, 4}}) {
    const NaiveMap map = RandomMap(shape.inputs, shape.side, 1);
    const NaiveFilters filters = RandomFilters(shape.inputs, shape.outputs, 2);
    const std::vector<double> reference = Convolve(map, filters);
    const double tolerance = Tolerance(shape.inputs, reference);
    Outputs out = ConvolveInBlocks(map, filters, {2, 3});
    double worst = 0;
    for (int c = 0; c < shape.outputs; ++c) {
      for (int i = 0; i < shape.side; ++i) {
        for (int j = 0; j < shape.side; ++j) {
          const auto at = [&](int y, int x) {
            return reference[(static_cast<size_t>(c) * shape.side + y) * shape.side + x];
          };
          worst = std::max(worst, std::abs(out.tap.at(c, i, j) - at(i, j)));
          // From the tap's own bits: nothing is lost after it.
          ASSERT_EQ(out.next.at(c, i, j), std::max(out.tap.at(c, i, j), 0.0F));
          if (i % 2 == 0 || j % 2 == 0) continue;
          const float largest = std::max({out.next.at(c, i, j), out.next.at(c, i - 1, j),
                                          out.next.at(c, i, j - 1), out.next.at(c, i - 1, j - 1)});
          ASSERT_EQ(out.pooled.at(c, i / 2, j / 2), largest);
        }
      }
    }
    ExpectAverages(out, shape.outputs, shape.side);
    EXPECT_LE(worst, tolerance) << shape.inputs << " to " << shape.outputs << " channels";
    // Not for nothing: an error of one in 2000 would show.
    EXPECT_GT(worst, tolerance / 2000);
  }
}

TEST_P(KernelsTest, BlocksOfAnyShapeGiveTheSameBits) {
  const NaiveMap map = RandomMap(64, 36, 3);
  const NaiveFilters filters = RandomFilters(64, 64, 4);
  Outputs whole = ConvolveInBlocks(map, filters, {9, 9});
  for (const TileBlock& block : {TileBlock{1, 1}, {1, 9}, {2, 4}, {3, 5}, {4, 8}, {7, 2}}) {
    Outputs cut = ConvolveInBlocks(map, filters, block);
    EXPECT_TRUE(std::equal(whole.tap.values.data(), whole.tap.values.data() + whole.tap.values.size(),
                           cut.tap.values.data()))
        << block.rows << " x " << block.cols;
  }
}

TEST_P(KernelsTest, TheFirstLayerAgreesWithDirectConvolutionInFloat64) {
  const int side = 13;
  const NaiveMap map = RandomMap(3, side, 5);
  const NaiveFilters filters = RandomFilters(3, 64, 6);
  const std::vector<double> reference = Convolve(map, filters);
  const AlignedFloats weights = FirstFilters(filters.weights, 64);
  const AlignedFloats bias = Aligned(filters.bias);
  const size_t row = side + 2;
  std::vector<float> planes(3 * row * row);
  for (int c = 0; c < 3; ++c) {
    for (size_t i = 0; i < row * row; ++i) {
      planes[c * row * row + i] =
          static_cast<float>(map.at(c, static_cast<int>(i / row) - 1, static_cast<int>(i % row) - 1));
    }
  }
  ChunkedMap out(64, side, 0);
  ConvolveFirst({weights.data(), bias.data(), 64}, {planes.data(), row, row * row}, side, side,
                out.from(0, 0));
  // A sum of 28 terms, half of what a Winograd one may err.
  const double tolerance = Tolerance(3, reference);
  for (int c = 0; c < 64; ++c) {
    for (int i = 0; i < side; ++i) {
      for (int j = 0; j < side; ++j) {
        const double wanted = std::max(0.0, reference[(static_cast<size_t>(c) * side + i) * side + j]);
        ASSERT_NEAR(out.at(c, i, j), wanted, tolerance);
      }
    }
  }
}

}  // namespace
}  // namespace mlfsc::winograd

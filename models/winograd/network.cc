#include "models/winograd/network.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "models/winograd/weights.h"

namespace mlfsc::winograd {
namespace {

// Sets the border of one chunk's plane to zero. `plane`: [side, side, lanes].
void ClearBorder(float* plane, size_t side, size_t lanes) {
  const size_t row = side * lanes;
  std::fill_n(plane, row, 0.0F);
  for (size_t i = 1; i + 1 < side; ++i) {
    std::fill_n(plane + i * row, lanes, 0.0F);
    std::fill_n(plane + (i + 1) * row - lanes, lanes, 0.0F);
  }
  std::fill_n(plane + (side - 1) * row, row, 0.0F);
}

// The picture, normalised and max-pooled, with a border of one zero. `planes`: [3, side + 2, side + 2].
void PrepareInput(const InputPicture& picture, int pooling, const std::array<float, 3>& mean,
                  const std::array<float, 3>& deviation, float* planes) {
  const size_t from_row = picture.size;
  const size_t side = from_row / pooling;
  const size_t row = side + 2;
  std::memset(planes, 0, 3 * row * row * sizeof(float));
  for (size_t colour = 0; colour < 3; ++colour) {
    const float* from = picture.rgb.data() + colour * from_row * from_row;
    float* to = planes + (colour * row + 1) * row + 1;
    for (size_t i = 0; i < side; ++i, to += row) {
      for (size_t j = 0; j < side; ++j) {
        // Normalising keeps the order: the largest value stays the largest.
        float largest = from[i * pooling * from_row + j * pooling];
        for (int p = 0; p < pooling; ++p) {
          const float* line = from + (i * pooling + p) * from_row + j * pooling;
          largest = std::max(largest, *std::max_element(line, line + pooling));
        }
        to[j] = (largest - mean[colour]) / deviation[colour];
      }
    }
  }
}

}  // namespace

// One picture's way.
class Network::Run {
 public:
  Run(Network* network, const Plan& plan, float* arena) : network_(*network), plan_(plan), arena_(arena) {}

  void Execute(const Step& step) {
    if (step.shared) {
      for (const Block& block : step.blocks) RunTogether(step.layer, block);
      return;
    }
    std::atomic<size_t> next{0};
    network_.pool_.ParallelFor(network_.threads_, [&](int64_t worker) {
      float* const scratch =
          network_.scratch_.data() + worker * (plan_.scratch / network_.threads_ / 16 * 16);
      for (size_t i; (i = next.fetch_add(1)) < step.blocks.size();)
        RunAlone(step.layer, step.blocks[i], scratch);
    });
  }

  void ClearBorders(size_t layer) {
    for (const Pass& pass : plan_.passes) {
      if (layer >= pass.last) continue;
      const MapPlace& map = pass.maps[layer];
      const size_t chunks = map.channels / lanes_;
      for (size_t chunk = 0; chunk < chunks; ++chunk) {
        ClearBorder(arena_ + map.offset + chunk * map.chunk(lanes_), map.side + 2, lanes_);
      }
    }
  }

  FeatureMap Planar(const TapPlace& tap, const char* name) {
    FeatureMap map{name, tap.map.channels, tap.map.side, tap.map.side, {}};
    map.values.resize(map.channels * map.plane_size());
    const size_t size = map.plane_size();
    network_.pool_.ParallelFor(map.channels / static_cast<int64_t>(lanes_), [&](int64_t chunk) {
      const float* from = arena_ + tap.map.offset + chunk * size * lanes_;
      for (size_t lane = 0; lane < lanes_; ++lane) {
        float* to = map.plane(static_cast<int>(chunk * lanes_ + lane));
        for (size_t i = 0; i < size; ++i) to[i] = from[i * lanes_ + lane];
      }
    });
    return map;
  }

 private:
  struct Matrices {
    ElementMatrices input;
    ElementMatrices output;
    float* rest;
  };

  static Matrices MatricesOf(size_t layer, const Block& block, float* scratch) {
    const int tiles = block.tiles.tiles();
    const size_t input = MatrixPitch(kConvolutions[layer].inputs, tiles);
    const size_t output = MatrixPitch(kConvolutions[layer].outputs, tiles);
    float* const outputs = scratch + kElements * input;
    return {{scratch, tiles, input}, {outputs, tiles, output}, outputs + kElements * output};
  }

  // conv1_1 of what the block's windows cover; zeros outside the map.
  Chunked<const float> MakeBand(const Block& block, float* band) {
    const Pass& pass = plan_.passes[block.pass];
    const int rows = block.tiles.rows * kTile + 2;
    const int cols = block.tiles.cols * kTile + 2;
    const size_t row = cols * lanes_;
    const size_t chunk = rows * row;
    // The band's place (0, 0) is the map's (top, left).
    const int top = block.row * kTile - 1;
    const int left = block.col * kTile - 1;
    const int first_row = std::max(top, 0) - top;
    const int first_col = std::max(left, 0) - left;
    const int last_row = std::min(top + rows, pass.side) - top;
    const int last_col = std::min(left + cols, pass.side) - left;
    const int channels = kConvolutions[0].outputs;
    if (first_row > 0 || first_col > 0 || last_row < rows || last_col < cols) {
      std::memset(band, 0, channels * (chunk / lanes_) * sizeof(float));
    }
    const size_t pixels = pass.side + 2;
    const Planes input = {arena_ + pass.input + (top + first_row) * pixels + left + first_col, pixels,
                          pixels * pixels};
    const Layer& first = network_.layers_[0];
    ConvolveFirst({first.weights.data(), first.bias.data(), channels}, input, last_row - first_row,
                  last_col - first_col, {band + first_row * row + first_col * lanes_, row, chunk});
    return {band, row, chunk};
  }

  Chunked<const float> InputOf(size_t layer, const Block& block) const {
    const MapPlace& map = plan_.passes[block.pass].maps[layer - 1];
    const size_t row = map.row(lanes_);
    return {arena_ + map.offset + block.row * kTile * row + block.col * kTile * lanes_, row,
            map.chunk(lanes_)};
  }

  TileOutput OutputOf(size_t layer, const Block& block) const {
    const Pass& pass = plan_.passes[block.pass];
    TileOutput output;
    output.bias = network_.layers_[layer].bias.data();
    for (const TapPlace& tap : pass.taps) {
      if (tap.layer == layer) output.tap = PlaceIn(tap.map, block, kTile);
    }
    for (const TapPlace& average : pass.averages) {
      if (average.layer != layer) continue;
      // Four at conv4_3's own resolution, half as many at twice that.
      output.cells = kTile * average.map.side / pass.maps[layer - 1].side;
      output.average = PlaceIn(average.map, block, output.cells);
    }
    if (layer < pass.last) {
      output.pooled = kConvolutions[layer + 1].pooled;
      output.next = PlaceIn(pass.maps[layer], block, output.pooled ? kTile / 2 : kTile);
    }
    return output;
  }

  Chunked<float> PlaceIn(const MapPlace& map, const Block& block, int tile) const {
    const size_t row = map.row(lanes_);
    return {arena_ + map.offset + (block.row * tile + map.border) * row +
                (block.col * tile + map.border) * lanes_,
            row, map.chunk(lanes_)};
  }

  Products ProductsOf(size_t layer, const Matrices& matrices) const {
    return {matrices.input, network_.layers_[layer].weights.data(), kConvolutions[layer].inputs,
            kConvolutions[layer].outputs, matrices.output};
  }

  int ChunksOf(int channels) const { return channels / static_cast<int>(lanes_); }

  void RunAlone(size_t layer, const Block& block, float* scratch) {
    const ConvolutionShape& shape = kConvolutions[layer];
    const Matrices matrices = MatricesOf(layer, block, scratch);
    const Chunked<const float> input = layer == 1 ? MakeBand(block, matrices.rest) : InputOf(layer, block);
    TransformInput(input, block.tiles, {0, ChunksOf(shape.inputs)}, matrices.input);
    Multiply(ProductsOf(layer, matrices), 0, kElements * ChunksOf(shape.outputs) / 2);
    TransformOutput(matrices.output, block.tiles, {0, ChunksOf(shape.outputs)}, OutputOf(layer, block));
  }

  void RunTogether(size_t layer, const Block& block) {
    const ConvolutionShape& shape = kConvolutions[layer];
    const Matrices matrices = MatricesOf(layer, block, network_.scratch_.data());
    ThreadPool& pool = network_.pool_;
    pool.ParallelFor(ChunksOf(shape.inputs), [&](int64_t chunk) {
      const int c = static_cast<int>(chunk);
      TransformInput(InputOf(layer, block), block.tiles, {c, c + 1}, matrices.input);
    });
    const int64_t panels = int64_t{kElements} * ChunksOf(shape.outputs) / 2;
    const int64_t parts = std::min<int64_t>(panels, int64_t{8} * network_.threads_);
    pool.ParallelFor(parts, [&](int64_t part) {
      Multiply(ProductsOf(layer, matrices), static_cast<int>(panels * part / parts),
               static_cast<int>(panels * (part + 1) / parts));
    });
    pool.ParallelFor(ChunksOf(shape.outputs), [&](int64_t chunk) {
      const int c = static_cast<int>(chunk);
      TransformOutput(matrices.output, block.tiles, {c, c + 1}, OutputOf(layer, block));
    });
  }

  Network& network_;
  const Plan& plan_;
  float* const arena_;
  const size_t lanes_ = Lanes();
};

Network::Network(const Backbone& backbone, int threads)
    : mean_(backbone.mean),
      deviation_(backbone.deviation),
      threads_(threads),
      pool_(threads - 1, /*nice=*/0, "mlfsc-forward") {
  for (size_t i = 0; i < kConvolutions.size(); ++i) {
    const ConvolutionShape& shape = kConvolutions[i];
    const Backbone::Convolution& convolution = backbone.convolutions[i];
    layers_.push_back({i == 0 ? FirstFilters(convolution.weight, shape.outputs)
                              : TransformedFilters(convolution.weight, shape.inputs, shape.outputs, &pool_),
                       Aligned(convolution.bias)});
  }
}

const Plan& Network::PlanFor(const FeatureOptions& options) {
  for (const auto& [of, plan] : plans_) {
    if (of == options) return plan;
  }
  plans_.emplace_back(options, MakePlan(options, threads_));
  return plans_.back().second;
}

AlignedFloats Network::TakeArena(size_t floats) {
  if (arenas_.empty()) return AlignedFloats(floats);
  AlignedFloats arena = std::move(arenas_.back());
  arenas_.pop_back();
  return arena.size() >= floats ? std::move(arena) : AlignedFloats(floats);
}

PictureFeatures Network::Features(const FeatureOptions& options, const InputPicture& picture,
                                  absl::FunctionRef<void()> give_way) {
  const Plan& plan = PlanFor(options);
  AlignedFloats arena = TakeArena(plan.arena);
  Run run(this, plan, arena.data());
  for (const Pass& pass : plan.passes) {
    PrepareInput(picture, pass.pooling, mean_, deviation_, arena.data() + pass.input);
  }
  size_t layer = 0;
  for (const Step& step : plan.steps) {
    give_way();
    if (scratch_.size() < plan.scratch) scratch_ = AlignedFloats(plan.scratch);
    if (step.layer != layer) run.ClearBorders(step.layer);
    layer = step.layer;
    run.Execute(step);
  }
  PictureFeatures features;
  for (const LayerShape& shape : StandardisedShapes(options)) {
    const auto take = [&](const std::vector<TapPlace>& taps, std::vector<FeatureMap>* maps) {
      for (const TapPlace& tap : taps) {
        if (tap.map.channels == shape.channels) maps->push_back(run.Planar(tap, shape.layer.c_str()));
      }
    };
    for (const Pass& pass : plan.passes) {
      take(pass.taps, &features.maps);
      take(pass.averages, &features.appearance);
    }
  }
  arenas_.push_back(std::move(arena));
  return features;
}

}  // namespace mlfsc::winograd

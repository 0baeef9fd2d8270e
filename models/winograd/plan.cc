#include "models/winograd/plan.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "models/backbone_file.h"

namespace mlfsc::winograd {
namespace {

// Places of the taps in kConvolutions.
constexpr size_t kConv22 = 3;
constexpr size_t kConv33 = 6;
constexpr size_t kConv43 = 9;

// Tiles of a block that one thread works on: its matrices lie in the second cache for 64 channels and stream
// through the third for 256, and weights are read once a block.
constexpr TileBlock kOwnBlock = {4, 8};
// Of a block for all threads.
constexpr TileBlock kSharedBlock = {8, 8};

// Products of a step: a millisecond or so on two cores. Who waits for a step to end waits no longer.
constexpr int64_t kStepProducts = 250'000'000;
// Blocks a thread below which threads would wait for the last one.
constexpr int kLeastBlocks = 4;

// Parts of the arena begin at cache lines.
constexpr size_t kLine = 16;

size_t Take(size_t count, size_t* used) {
  const size_t at = *used;
  *used += (count + kLine - 1) / kLine * kLine;
  return at;
}

// Side of the map that convolution `layer` reads and writes.
int SideAt(const Pass& pass, size_t layer) {
  int side = pass.side;
  for (size_t i = 0; i <= layer; ++i) side /= kConvolutions[i].pooled ? 2 : 1;
  return side;
}

Pass MakePass(int side, int pooling, std::vector<size_t> taps, size_t* arena) {
  Pass pass;
  pass.pooling = pooling;
  pass.side = side / pooling;
  pass.last = taps.back();
  pass.input = Take(size_t{3} * (pass.side + 2) * (pass.side + 2), arena);
  // Two places in turn: a convolution reads what the one before wrote.
  std::array<size_t, 2> most = {};
  pass.maps.resize(pass.last);
  for (size_t layer = 1; layer < pass.last; ++layer) {
    MapPlace& map = pass.maps[layer];
    map = {0, kConvolutions[layer].outputs, SideAt(pass, layer + 1), 1};
    most[layer % 2] = std::max(most[layer % 2], map.channels * map.chunk(1));
  }
  const std::array<size_t, 2> places = {Take(most[0], arena), Take(most[1], arena)};
  for (size_t layer = 1; layer < pass.last; ++layer) pass.maps[layer].offset = places[layer % 2];
  for (const size_t layer : taps) {
    MapPlace map = {0, kConvolutions[layer].outputs, SideAt(pass, layer), 0};
    map.offset = Take(map.channels * map.chunk(1), arena);
    pass.taps.push_back({layer, map});
  }
  return pass;
}

// The averages of conv2_2, conv3_3 and conv4_3 on conv4_3's grid.
std::vector<TapPlace> MakeAverages(const Pass& pass, size_t* arena) {
  std::vector<TapPlace> averages;
  for (const size_t layer : {kConv22, kConv33, kConv43}) {
    MapPlace map = {0, kConvolutions[layer].outputs, SideAt(pass, kConv43), 0};
    map.offset = Take(map.channels * map.chunk(1), arena);
    averages.push_back({layer, map});
  }
  return averages;
}

std::vector<Block> BlocksOf(const std::vector<Pass>& passes, size_t layer, const TileBlock& most) {
  std::vector<Block> blocks;
  for (size_t p = 0; p < passes.size(); ++p) {
    if (passes[p].last < layer) continue;
    const int tiles = SideAt(passes[p], layer) / kTile;
    for (int row = 0; row < tiles; row += most.rows) {
      for (int col = 0; col < tiles; col += most.cols) {
        blocks.push_back({p, row, col, {std::min(most.rows, tiles - row), std::min(most.cols, tiles - col)}});
      }
    }
  }
  return blocks;
}

int64_t ProductsOf(size_t layer, const Block& block) {
  return int64_t{kElements} * block.tiles.tiles() * kConvolutions[layer].inputs *
         kConvolutions[layer].outputs;
}

void AddSteps(const std::vector<Block>& blocks, size_t layer, bool shared, int threads,
              std::vector<Step>* steps) {
  const size_t least = shared ? 1 : size_t{kLeastBlocks} * threads;
  int64_t products = kStepProducts;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const bool full = i == 0 || (products >= kStepProducts && steps->back().blocks.size() >= least &&
                                 blocks.size() - i >= least);
    if (full) {
      steps->push_back({layer, shared, {}});
      products = 0;
    }
    steps->back().blocks.push_back(blocks[i]);
    products += ProductsOf(layer, blocks[i]);
  }
}

size_t ScratchOf(const Step& step) {
  const ConvolutionShape& shape = kConvolutions[step.layer];
  size_t most = 0;
  for (const Block& block : step.blocks) {
    const int tiles = block.tiles.tiles();
    size_t floats = kElements * (MatrixPitch(shape.inputs, tiles) + MatrixPitch(shape.outputs, tiles));
    if (step.layer == 1) floats += BandFloats(block.tiles, shape.inputs);
    most = std::max(most, floats);
  }
  return most;
}

}  // namespace

size_t MatrixPitch(int channels, int tiles) { return static_cast<size_t>(channels) * tiles + kLine; }

size_t BandFloats(const TileBlock& block, int channels) {
  return static_cast<size_t>(channels) * (block.rows * kTile + 2) * (block.cols * kTile + 2);
}

Plan MakePlan(const FeatureOptions& options, int threads) {
  Plan plan;
  const int side = options.input_size;
  if (options.source == FeatureSource::kSinglePass) {
    plan.passes = {MakePass(side, 1, {kConv22, kConv33, kConv43}, &plan.arena)};
  } else {
    plan.passes = {MakePass(side, 1, {kConv43}, &plan.arena), MakePass(side, 2, {kConv33}, &plan.arena),
                   MakePass(side, 4, {kConv22}, &plan.arena)};
  }
  if (options.appearance) plan.passes.front().averages = MakeAverages(plan.passes.front(), &plan.arena);
  for (size_t layer = 1; layer <= kConv43; ++layer) {
    std::vector<Block> blocks = BlocksOf(plan.passes, layer, kOwnBlock);
    // conv1_2's blocks make their own input, so that they are never shared.
    const bool shared = layer > 1 && blocks.size() < size_t{kLeastBlocks} * threads;
    if (shared) blocks = BlocksOf(plan.passes, layer, kSharedBlock);
    AddSteps(blocks, layer, shared, threads, &plan.steps);
  }
  for (const Step& step : plan.steps) {
    plan.scratch = std::max(plan.scratch, ScratchOf(step) * (step.shared ? 1 : threads));
  }
  return plan;
}

}  // namespace mlfsc::winograd

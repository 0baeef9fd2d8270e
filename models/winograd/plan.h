// What is computed in which order for one kind of picture, and where in memory: made once for each.
#ifndef MLFSC_MODELS_WINOGRAD_PLAN_H_
#define MLFSC_MODELS_WINOGRAD_PLAN_H_

#include <cstddef>
#include <vector>

#include "core/features/feature_options.h"
#include "models/winograd/tiles.h"

namespace mlfsc::winograd {

// A layer's output in the arena: [channels / lanes, side + 2, side + 2, lanes] with a border of one zero,
// which is the next convolution's padding; a tap's has no border.
struct MapPlace {
  size_t offset = 0;
  int channels = 0;
  int side = 0;
  int border = 0;

  size_t row(size_t lanes) const { return (side + 2 * border) * lanes; }
  size_t chunk(size_t lanes) const { return (side + 2 * border) * row(lanes); }
};

// A map that is handed out.
struct TapPlace {
  size_t layer = 0;
  MapPlace map;
};

// One way through the network, of the picture max-pooled by `pooling`.
struct Pass {
  int pooling = 1;
  int side = 0;
  // The last convolution, a place in kConvolutions.
  size_t last = 0;
  // The three planes of the padded input in the arena: [3, side + 2, side + 2].
  size_t input = 0;
  // What each convolution leaves for the next, by its place; the first's is never stored whole.
  std::vector<MapPlace> maps;
  std::vector<TapPlace> taps;
  // Positive parts, area-averaged to an eighth of the input's side; without a border, as taps are.
  std::vector<TapPlace> averages;
};

// Tiles of one pass.
struct Block {
  size_t pass = 0;
  // Of the first tile, in tiles.
  int row = 0;
  int col = 0;
  TileBlock tiles;
};

// Blocks that run between two moments of giving way; all of one convolution.
struct Step {
  size_t layer = 0;
  // Whether all threads work on one block together (little to do, many weights: each is read by one thread)
  // or on a block each.
  bool shared = false;
  std::vector<Block> blocks;
};

struct Plan {
  std::vector<Pass> passes;
  std::vector<Step> steps;
  // Floats of the arena, and of the room for element matrices that all threads together need.
  size_t arena = 0;
  size_t scratch = 0;
};

// Floats that the element matrices of `tiles` tiles take, and from one matrix to the next.
size_t MatrixPitch(int channels, int tiles);

// Floats of the band of conv1_1's output that a block's windows cover.
size_t BandFloats(const TileBlock& block, int channels);

// `options`: a source that has passes (not `pixels`) and an input size that is a positive multiple of 32.
// `threads`: 1 or more.
Plan MakePlan(const FeatureOptions& options, int threads);

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_PLAN_H_

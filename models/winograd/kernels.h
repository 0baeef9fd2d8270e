// The four loops that all time goes into, for the best instruction set of this CPU. A result never depends on
// how work is cut into blocks or ranges: each value is computed by the same operations in the same order.
// Thread-safe; nothing is allocated.
#ifndef MLFSC_MODELS_WINOGRAD_KERNELS_H_
#define MLFSC_MODELS_WINOGRAD_KERNELS_H_

#include <cstddef>

#include "models/winograd/tiles.h"

namespace mlfsc::winograd {

// Floats in a vector of the instruction set that is used. Channels are multiples of twice it.
size_t Lanes();

// Chunks [begin, end).
struct ChunkRange {
  int begin = 0;
  int end = 0;
};

// B^T d B of the block's windows. `input`: at the first window's upper left corner; windows begin 4 places
// apart.
void TransformInput(const Chunked<const float>& input, const TileBlock& block, const ChunkRange& chunks,
                    const ElementMatrices& elements);

// The sums over channels. A panel is 2 * lanes outputs of one matrix; there are 36 * outputs / (2 * lanes),
// which [begin, end) counts. `weights`: [panels, inputs, 2 * lanes].
struct Products {
  ElementMatrices input;
  const float* weights = nullptr;
  int inputs = 0;
  int outputs = 0;
  ElementMatrices output;
};
void Multiply(const Products& products, int begin, int end);

// A^T m A + bias of the block's tiles, to one or more of three places.
struct TileOutput {
  // [outputs].
  const float* bias = nullptr;
  // As it is. Null: not wanted.
  Chunked<float> tap;
  // Its positive part. Null: not wanted.
  Chunked<float> next;
  // `next` is the maximum of each 2 x 2 square.
  bool pooled = false;
  // Its positive part, averaged over the squares that a tile falls into: `cells` (1, 2 or 4) a side. Null:
  // not wanted; else 1 and 2 go with a pooled `next`, 4 with no `next` at all.
  Chunked<float> average = {};
  int cells = 0;
};
void TransformOutput(const ElementMatrices& elements, const TileBlock& block, const ChunkRange& chunks,
                     const TileOutput& output);

// The positive part of conv1_1, directly. `input`: 3 planes of pixels; the first output's upper left
// neighbour.
struct FirstLayer {
  // [outputs / lanes, 3 * 3 * 3, lanes].
  const float* weights = nullptr;
  const float* bias = nullptr;
  int outputs = 0;
};
struct Planes {
  const float* first = nullptr;
  size_t row = 0;
  size_t plane = 0;
};
void ConvolveFirst(const FirstLayer& layer, const Planes& input, int rows, int cols,
                   const Chunked<float>& output);

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_KERNELS_H_

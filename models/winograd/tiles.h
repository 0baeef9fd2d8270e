// Winograd's minimal filtering: a 3 x 3 convolution with a quarter of the multiplications.
//
// F(4 x 4, 3 x 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015,
// arXiv:1509.09308), after S. Winograd, "Arithmetic Complexity of Computations" (1980). The output is cut
// into tiles of 4 x 4. A tile depends on a window of 6 x 6 inputs, which overlaps its neighbours' by 2. With
// d the window of one input channel, g a filter and o the product element by element,
//
//     tile = A^T [ sum over input channels of (G g G^T) o (B^T d B) ] A.
//
// G g G^T is made once, when the weights are loaded. The sums over channels of all tiles, for each of the 36
// elements, are a matrix product [tiles, inputs] x [inputs, outputs]: 36 multiplications for 16 outputs where
// the convolution itself takes 144. That is where the time goes; the transforms are additions and a few
// multiplications.
//
// A^T, G and B^T follow from points at which polynomials are evaluated (Toom and Cook): convolving is
// multiplying polynomials, and that is multiplying their values at enough points and interpolating. With five
// points p_i and infinity,
//
//     A^T[k][i] = p_i^k,    G[i][k] = p_i^k / prod_{j != i} (p_i - p_j),    B^T[i] = coefficients of prod_{j
//     != i} (x - p_j),
//
// infinity giving a 1 in the last place of A^T and G and the product over all five points in B^T. Usual are
// 0, +-1, +-2. Here they are 0, +-3/4, +-3/2: all products stay exact in float32, it costs the same, and the
// values at the points differ less in size: rounding errors are half as large (root mean square over 256
// channels of a deviation of 1: 1.3e-6 against 2.7e-6; 0.6e-6 for direct summation in float32). F(6 x 6, 3 x
// 3) would take 1.78 products an output instead of 2.25, but its errors are 4 times these (5.2e-6), its
// weights 7 times the filters' size instead of 4, and its transforms twice the work.
#ifndef MLFSC_MODELS_WINOGRAD_TILES_H_
#define MLFSC_MODELS_WINOGRAD_TILES_H_

#include <cstddef>

namespace mlfsc::winograd {

// Outputs a side of a tile; inputs a side of its window; elements of a window.
inline constexpr int kTile = 4;
inline constexpr int kWindow = 6;
inline constexpr int kElements = kWindow * kWindow;

// The points besides 0 and infinity: +-kNear, +-kFar.
inline constexpr float kNear = 0.75F;
inline constexpr float kFar = 1.5F;

// A rectangle of tiles that are worked on together.
struct TileBlock {
  int rows = 0;
  int cols = 0;

  int tiles() const { return rows * cols; }
};

// Channels come in chunks of as many as a vector holds, so that a vector is one place of one chunk:
// [channels / lanes, rows, cols, lanes]. `first`: the place the block begins at, in the first chunk.
template <typename Float>
struct Chunked {
  Float* first = nullptr;
  // Floats from a row to the next, and from a chunk to the next.
  size_t row = 0;
  size_t chunk = 0;
};

// The elements of all windows (or tiles, before the last transform) of a block as 36 matrices:
// [36, channels / lanes, tiles, lanes]. A few floats more lie between two matrices, for otherwise a tile's 36
// elements would all fall into one set of the cache.
struct ElementMatrices {
  float* values = nullptr;
  int tiles = 0;
  // Floats from one matrix to the next.
  size_t matrix = 0;
};

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_TILES_H_

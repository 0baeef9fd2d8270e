// Sparse coding of many patches against one small dictionary, a patch to a vector lane.
#ifndef MLFSC_CORE_CODING_LANE_SOLVERS_H_
#define MLFSC_CORE_CODING_LANE_SOLVERS_H_

#include <cstddef>
#include <vector>

namespace mlfsc {

// Dictionaries of more atoms are coded patch by patch (LargePatchCoder).
inline constexpr int kMaxLaneAtoms = 16;

// The Gram matrix of a small dictionary in float32, filled up with atoms of zeros to one of the sizes that
// the solvers are compiled for.
struct LaneGram {
  // `gram`: [atoms, atoms], atoms <= kMaxLaneAtoms.
  LaneGram(const std::vector<double>& gram, int atoms);

  int num_atoms;
  // num_atoms rounded up: the rows of correlations and codes.
  int rows;
  // [rows, rows].
  std::vector<float> values;
  // 1 / values[k][k], or 0 where that is 0: [rows].
  std::vector<float> inverse_diagonal;
};

// `count` patches, by patch. Rows lie `pitch` apart; rows of atoms beyond num_atoms and columns from `count`
// to `pitch`, a multiple of 64, are 0 on entry.
struct LanePatches {
  size_t count = 0;
  size_t pitch = 0;
  // b = D x: [gram.rows, pitch].
  const float* correlations = nullptr;
  // ||x||^2: [pitch].
  const float* energies = nullptr;
  // Written. [gram.rows, pitch].
  float* codes = nullptr;
  // Written: ||x - D^T c||^2, clamped at 0; or -1 where the solver gives up. [pitch].
  float* residuals = nullptr;
};

// Of VGG16's patches and learnt atoms 19 of 20 need one round, few more than three.
inline constexpr int kMostLaneRounds = 20;

// The Lasso with weight `alpha`: coordinate descent, which finds the support, and exact steps on the support
// in turn until the optimality conditions hold, patch by patch, to kLaneOptimality (max|b| + alpha): |b - G
// c| <= alpha where c is 0, b - G c = alpha sign(c) elsewhere. A patch for which they do not after
// `max_rounds` rounds (linearly dependent atoms at a small alpha) is given up. What a patch gets does not
// depend on the others. Returns whether all were solved.
bool SolveLassoLanes(const LaneGram& gram, float alpha, const LanePatches& patches,
                     int max_rounds = kMostLaneRounds);

// Relative; float32's own rounding of b - G c over up to 16 atoms is up to 16 * 2^-24 = 2^-20 of max|b|'s
// multiples.
inline constexpr float kLaneOptimality = 0x1p-18F;

// Orthogonal matching pursuit with up to `nonzeros` atoms, as OmpSolver. A patch whose support is nearly
// dependent is given up. Returns whether all were solved.
bool SolveOmpLanes(const LaneGram& gram, int nonzeros, const LanePatches& patches);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_LANE_SOLVERS_H_

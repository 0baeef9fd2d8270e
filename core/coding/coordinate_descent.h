// The Lasso of one patch against a large dictionary, nearly.
#ifndef MLFSC_CORE_CODING_COORDINATE_DESCENT_H_
#define MLFSC_CORE_CODING_COORDINATE_DESCENT_H_

#include <cstddef>
#include <vector>

namespace mlfsc {

// Cyclic coordinate descent on the Gram matrix (Friedman, Hastie, Hoefling, Tibshirani, "Pathwise coordinate
// optimization", 2007), vectorised along the atoms. Immutable and thread-safe.
class CoordinateDescent {
 public:
  // `gram`: [num_atoms, num_atoms].
  CoordinateDescent(const std::vector<double>& gram, int num_atoms, float alpha);

  // num_atoms rounded up to whole vectors: the length of the arrays below.
  size_t pitch() const { return pitch_; }

  // argmin_c 1/2 c^T G c - b^T c + alpha ||c||_1, up to a duality gap of kGap ||x||^2 / 2 or to a bounded
  // number of sweeps. `correlations`: b, [pitch()], 0 beyond num_atoms. `energy`: ||x||^2. Written: `codes`,
  // [pitch()]; `slopes` = b - G c, [pitch()].
  void Solve(const float* correlations, float energy, float* codes, float* slopes) const;

  static constexpr float kGap = 1e-3F;

 private:
  const int num_atoms_;
  const size_t pitch_;
  const float alpha_;
  // [num_atoms, pitch].
  std::vector<float> gram_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_COORDINATE_DESCENT_H_

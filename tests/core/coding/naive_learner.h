// Online dictionary learning by the obvious loops, to check the fast one by.
#ifndef MLFSC_TESTS_CORE_CODING_NAIVE_LEARNER_H_
#define MLFSC_TESTS_CORE_CODING_NAIVE_LEARNER_H_

#include <cstdint>
#include <vector>

#include "core/coding/patch_grid.h"

namespace mlfsc::testing {

// One channel. What the fast one's constants are is written here once more.
class NaiveLearner {
 public:
  // `channel`: its number among the channels of all layers, which its first atoms are drawn by.
  NaiveLearner(const PatchOptions& patches, int atoms, double alpha, int64_t channel);

  // `planes`: of the mini-batch's pictures, [height, width] each.
  void Update(const std::vector<const float*>& planes, int height, int width);

  // [atoms, cells].
  const std::vector<float>& dictionary() const { return dictionary_; }
  // Atoms that were replaced so far.
  int replaced() const { return replaced_; }

 private:
  void UpdateAtoms(const std::vector<double>& products, const std::vector<double>& patches);
  bool IsZero(int atom) const;

  const PatchOptions patches_;
  const int atoms_;
  const int cells_;
  const double alpha_;
  const int64_t channel_;
  int updates_ = 0;
  int replaced_ = 0;
  std::vector<float> dictionary_;
  // A and B.
  std::vector<double> past_products_;
  std::vector<double> past_patches_;
  std::vector<int> unused_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_CODING_NAIVE_LEARNER_H_

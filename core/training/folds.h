// Which good pictures are left out together.
#ifndef MLFSC_CORE_TRAINING_FOLDS_H_
#define MLFSC_CORE_TRAINING_FOLDS_H_

#include <cstdint>
#include <vector>

#include "core/bundle/category_options.h"

namespace mlfsc {

// Five folds, or as many as pictures when those are fewer; a picture's fold is its index modulo their number.
class Folds {
 public:
  // `pictures`: at least 1.
  explicit Folds(int64_t pictures);

  int count() const { return count_; }
  int Of(int64_t picture) const { return static_cast<int>(picture % count_); }

  // In order of arrival.
  std::vector<int64_t> All() const;
  std::vector<int64_t> Without(int fold) const;

 private:
  const int64_t pictures_;
  const int count_;
};

// Whether a dictionary learnt from this many pictures rebuilds them so much better than unseen ones that each
// fold needs dictionaries of its own: more than 16 atoms, or fewer than 100 patches a channel for each atom.
bool DictionariesOverfit(const CategoryOptions& options, int64_t pictures);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_FOLDS_H_

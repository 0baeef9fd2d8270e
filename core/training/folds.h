// Which good pictures are left out together.
#ifndef MLFSC_CORE_TRAINING_FOLDS_H_
#define MLFSC_CORE_TRAINING_FOLDS_H_

#include <cstdint>
#include <vector>

#include "core/bundle/category_options.h"
#include "core/training/copies.h"

namespace mlfsc {

// Five folds, or as many as independent pictures when those are fewer. Copies are left out together: the
// largest groups come first, in order of arrival, each to the fold that has the fewest pictures so far.
// Without copies a picture's fold is its index modulo the number of folds.
class Folds {
 public:
  // Of at least 1 picture.
  explicit Folds(const CopyGroups& groups);
  // Without copies.
  explicit Folds(int64_t pictures);

  int count() const { return count_; }
  int Of(int64_t picture) const { return fold_[picture]; }

  // In order of arrival.
  std::vector<int64_t> All() const;
  std::vector<int64_t> Without(int fold) const;

 private:
  const int count_;
  // Of each picture.
  std::vector<int> fold_;
};

// Whether a dictionary learnt from this many independent pictures rebuilds them so much better than unseen
// ones that each fold needs dictionaries of its own: more than 16 atoms, or fewer than 100 patches a channel
// for each atom.
bool DictionariesOverfit(const CategoryOptions& options, int64_t pictures);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_FOLDS_H_

// Online dictionary learning (MLF-SC, eq. 2; Mairal, Bach, Ponce, Sapiro, "Online dictionary learning for
// sparse coding", 2009, and "Online learning for matrix factorization and sparse coding", 2010).
#ifndef MLFSC_CORE_CODING_DICTIONARY_LEARNER_H_
#define MLFSC_CORE_CODING_DICTIONARY_LEARNER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/base/workers.h"
#include "core/coding/dictionary.h"
#include "core/features/feature_map.h"
#include "core/features/feature_options.h"

namespace mlfsc {

struct LearningOptions {
  // In each dictionary.
  int atoms = 5;
  // Passes over the pictures; the caller's loop.
  int epochs = 2;
  // Pictures in a mini-batch; the caller's loop.
  int batch_pictures = 4;
  uint64_t seed = 0;
};

// Learns one dictionary for each channel of each layer from mini-batches of pictures. Memory does not grow
// with the number of pictures. Deterministic: the same batches in the same order with the same seed give the
// same bytes, for any number of threads. Not thread-safe.
class DictionaryLearner {
 public:
  DictionaryLearner(const std::vector<LayerShape>& layers, const PatchOptions& patches, double alpha,
                    const LearningOptions& options);
  ~DictionaryLearner();

  // Folds one mini-batch in: codes its patches by Lasso with the present dictionaries, updates the
  // statistics, then the atoms. `batch`: standardised features, layers as in the constructor. Channels run in
  // parallel on `workers`. Returns the mean of 1/2 ||x - D^T c||^2 + alpha ||c||_1 over all
  // patches of the batch, under the dictionaries before the update. Throws WorkCancelled, after a tenth of a
  // second at most; the learner is of no use then.
  double Update(absl::Span<const PictureFeatures* const> batch, Workers workers);

  // The dictionaries as they stand. At least one Update must have run.
  Dictionaries dictionaries() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_DICTIONARY_LEARNER_H_

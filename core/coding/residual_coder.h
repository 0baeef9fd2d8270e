// The coding stage: features of a picture to residuals of its patches.
#ifndef MLFSC_CORE_CODING_RESIDUAL_CODER_H_
#define MLFSC_CORE_CODING_RESIDUAL_CODER_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/coding/dictionary.h"
#include "core/features/feature_map.h"

namespace mlfsc {

// Codes every patch of every channel against the channel's dictionary. Immutable and thread-safe.
class ResidualCoder {
 public:
  virtual ~ResidualCoder() = default;

  // `standardised`: as Standardise returns them, with the layers and channels of the dictionaries
  // (InvalidArgument otherwise); on a device only for a coder of that device. Channels are coded in parallel
  // on `workers`; the result does not depend on the number of threads. Throws WorkCancelled, after a tenth of
  // a second at most.
  virtual absl::StatusOr<ResidualMaps> Code(const PictureFeatures& standardised, Workers workers) const = 0;
};

// The CPU's: vectorised across patch positions for small dictionaries, general for large ones.
// InvalidArgument when an option is out of its range, the dictionaries' shapes do not fit `patches`, or a
// value is not finite.
absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeResidualCoder(const Dictionaries& dictionaries,
                                                                 const PatchOptions& patches,
                                                                 const CodingOptions& coding);

// The same, each channel's matrices on one of `workers`. Throws WorkCancelled.
absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeResidualCoderOn(Workers workers,
                                                                   const Dictionaries& dictionaries,
                                                                   const PatchOptions& patches,
                                                                   const CodingOptions& coding);

// Makes coders as MakeResidualCoder does, perhaps for features that live on a device. Thread-safe.
using ResidualCoderFactory = std::function<absl::StatusOr<std::unique_ptr<ResidualCoder>>(
    const Dictionaries&, const PatchOptions&, const CodingOptions&)>;

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_RESIDUAL_CODER_H_

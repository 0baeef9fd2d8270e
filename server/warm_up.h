// The first passes of a backbone are slow; they are not for a client to wait for.
#ifndef MLFSC_SERVER_WARM_UP_H_
#define MLFSC_SERVER_WARM_UP_H_

#include <vector>

#include "absl/status/status.h"
#include "core/serving/feature_stage.h"

namespace mlfsc {

// Sends grey pictures through the stage, as requests would: one alone at each input size and a full batch at
// the first. `options`: the stage's. Returns the first error.
absl::Status WarmUp(const std::vector<int>& input_sizes, const FeatureStageOptions& options,
                    FeatureStage* stage);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_WARM_UP_H_

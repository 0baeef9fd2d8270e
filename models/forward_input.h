// What every way of running the network checks first.
#ifndef MLFSC_MODELS_FORWARD_INPUT_H_
#define MLFSC_MODELS_FORWARD_INPUT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/features/feature_options.h"
#include "core/image/input_picture.h"

namespace mlfsc {

// InvalidArgument for `pixels` and for a picture that has another size than `options` ask for.
absl::Status CheckBatch(const FeatureOptions& options, absl::Span<const InputPicture* const> batch);

// `asked`, or one a core when that is 0. InvalidArgument for a negative number.
absl::StatusOr<int> ForwardThreads(int asked);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_FORWARD_INPUT_H_

#include "models/forward_input.h"

#include <algorithm>
#include <cstddef>
#include <thread>

#include "absl/strings/str_cat.h"

namespace mlfsc {

absl::Status CheckBatch(const FeatureOptions& options, absl::Span<const InputPicture* const> batch) {
  if (options.source == FeatureSource::kPixels) {
    return absl::InvalidArgumentError("VGG16 gives pyramid and single_pass features, not pixels");
  }
  for (const InputPicture* picture : batch) {
    const auto side = static_cast<size_t>(options.input_size);
    if (picture->size != options.input_size || picture->rgb.size() != 3 * side * side) {
      return absl::InvalidArgumentError(absl::StrCat(
          "input picture is ", picture->size, " px a side with ", picture->rgb.size(),
          " values; the features asked for need ", side, " px and ", 3 * side * side, " values"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ForwardThreads(int asked) {
  if (asked < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads of the forward pass are ", asked, "; they must be 0 (one a core) or more"));
  }
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace mlfsc

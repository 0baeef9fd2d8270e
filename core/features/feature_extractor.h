// The feature stage as the rest of core sees it.
#ifndef MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_
#define MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/features/feature_map.h"
#include "core/features/feature_options.h"
#include "core/image/input_picture.h"

namespace mlfsc {

// Runs a backbone over pictures. Extract is called by one thread at a time.
class FeatureExtractor {
 public:
  virtual ~FeatureExtractor() = default;

  // The tap maps (convolution outputs before the ReLU, border included) of each picture of the batch, in its
  // order. All pictures have options.input_size pixels a side. Internal when the backend fails.
  virtual absl::StatusOr<std::vector<PictureFeatures>> Extract(
      const FeatureOptions& options, absl::Span<const InputPicture* const> batch) = 0;

  // SHA-256 of the backbone's file, hex.
  virtual std::string backbone_sha256() const = 0;

  // Where and how it computes, for people: "cpu, 2 threads, float32".
  virtual std::string description() const = 0;
};

// The `pixels` source, which needs no backbone: one channel, the grey picture (ITU-R BT.601 weights) at the
// input size.
PictureFeatures PixelFeatures(const InputPicture& input);

// Features as the coder takes them, in the shapes of StandardisedShapes: the border cut off (kBorderCells;
// none for `pixels`), each channel standardised by its own mean and unbiased standard deviation; a channel
// that is constant, to within float32's rounding, becomes all zeros. `features` are in the host's memory, and
// the result reuses it. Internal when the layers are not those of `options` or a value is not finite: a
// backend that failed must not pass for a good picture. Thread-safe.
absl::StatusOr<PictureFeatures> Standardise(const FeatureOptions& options, PictureFeatures features);

}  // namespace mlfsc

#endif  // MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_

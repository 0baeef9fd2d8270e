// The feature stage as the rest of core sees it.
#ifndef MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_
#define MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/workers.h"
#include "core/features/feature_map.h"
#include "core/features/feature_options.h"
#include "core/image/input_picture.h"

namespace mlfsc {

// How features are computed. Different answers give slightly different features.
struct FeatureArithmetic {
  // float32 or bfloat16.
  std::string precision = "float32";
  // direct or winograd.
  std::string convolution = "direct";
};

// Runs a backbone over pictures. Called by one thread at a time.
class FeatureExtractor {
 public:
  virtual ~FeatureExtractor() = default;

  // The tap maps (convolution outputs before the ReLU, border included) of each picture of the batch, in its
  // order. All pictures have options.input_size pixels a side. Internal when the backend fails.
  virtual absl::StatusOr<std::vector<PictureFeatures>> Extract(
      const FeatureOptions& options, absl::Span<const InputPicture* const> batch) = 0;

  // As Extract of one picture that is in no hurry (a training's): calls `give_way` between pieces of the
  // work, so that what is urgent waits for a piece and not for the whole. `give_way` may call Extract; the
  // result does not depend on it. What it throws ends the work and goes on.
  virtual absl::StatusOr<PictureFeatures> ExtractGivingWay(const FeatureOptions& options,
                                                           const InputPicture& picture,
                                                           absl::FunctionRef<void()> give_way) {
    give_way();
    const InputPicture* const batch[] = {&picture};
    absl::StatusOr<std::vector<PictureFeatures>> features = Extract(options, batch);
    if (!features.ok()) return features.status();
    return std::move(features->front());
  }

  // Of a batch of `batch` pictures, how many go through the backbone at once: batches above this bring no new
  // shape.
  virtual int MostAtOnce(int batch) const { return batch; }

  // SHA-256 of the backbone's file, hex.
  virtual std::string backbone_sha256() const = 0;

  // The same all its life. Thread-safe.
  virtual FeatureArithmetic arithmetic() const { return {}; }

  // Where and how it computes, for people: "cpu, 2 threads, float32, winograd".
  virtual std::string description() const = 0;
};

// The `pixels` source, which needs no backbone: one channel, the grey picture (ITU-R BT.601 weights) at the
// input size.
PictureFeatures PixelFeatures(const InputPicture& input);

// A deviation up to this share of the mean is what float32 leaves of a channel that is constant in exact
// arithmetic: a convolution's sum of up to 9 * 512 terms is off by about sqrt(4608) roundings of 2^-24, which
// is 2^-18. One pixel that differs by one of 255 steps stays well above it.
inline constexpr double kConstantShare = 1.0 / (1 << 18);

// Features as the coder takes them, in the shapes of StandardisedShapes: the border cut off (kBorderCells;
// none for `pixels`), each channel standardised by its own mean and unbiased standard deviation; a channel
// that is constant, to within float32's rounding (kConstantShare), becomes all zeros. The result reuses the
// memory of `features`; those that live on a device are handed back as they are, for the device's coder to
// standardise. Internal when the layers are not those of `options` or a value is not finite: a
// backend that failed must not pass for a good picture. Thread-safe. `workers` share the channels.
// Throws WorkCancelled.
absl::StatusOr<PictureFeatures> Standardise(const FeatureOptions& options, PictureFeatures features,
                                            Workers workers = {});

}  // namespace mlfsc

#endif  // MLFSC_CORE_FEATURES_FEATURE_EXTRACTOR_H_

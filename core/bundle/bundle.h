// What is learnt of a category, in memory and as two files.
#ifndef MLFSC_CORE_BUNDLE_BUNDLE_H_
#define MLFSC_CORE_BUNDLE_BUNDLE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/bundle/category_options.h"
#include "core/coding/dictionary.h"
#include "core/scoring/calibration.h"
#include "core/scoring/fusion.h"
#include "core/scoring/whitening.h"

namespace mlfsc {

// What becomes of training pictures that do not look like the others.
enum class OutlierAction {
  // They are named and stay.
  kWarn,
  // They are named, and kept out of learning, statistics and calibration.
  kDrop,
};

struct Provenance {
  // Good pictures it was learnt from.
  int pictures = 0;
  // What was asked for, and how many more pictures were kept out of the learning: 0 in versions made before
  // these were recorded. A recalibration leaves them alone.
  OutlierAction outliers = OutlierAction::kWarn;
  int outliers_dropped = 0;
  absl::Time create_time;
  // SHA-256 of the backbone's file, hex; empty for `pixels`.
  std::string backbone_sha256;
  // How the features were computed (FeatureArithmetic); empty for `pixels`, and in versions made before it
  // was recorded.
  std::string precision;
  std::string convolution;
  // With which vector instructions (InstructionSet); empty in versions made before it was recorded.
  std::string instruction_set;
  std::string program_version;
};

// What the manifest says: all of a version but its arrays.
struct Manifest {
  CategoryOptions options;
  // Of picture scores, and of the maxima of heatmaps at the input's own size.
  Calibration calibration;
  Calibration map_calibration;
  Provenance provenance;
};

struct Bundle {
  Manifest manifest;
  Dictionaries dictionaries;
  // Of ScoreMethod::kWhitened and kFused.
  std::optional<WhiteningStatistics> whitening;
  // Of ScoreMethod::kFused.
  std::optional<AppearanceStatistics> appearance;
};

// The two files of a version. The manifest names format version and SHA-256 of the arrays' file.
struct BundleFiles {
  std::string arrays;    // bundle.safetensors
  std::string manifest;  // manifest.json
};

// Deterministic: equal bundles give equal bytes.
BundleFiles SerialiseBundle(const Bundle& bundle);

// DataLoss that says what is wrong (truncated, checksum, shape, value not finite, missing field ...);
// FailedPrecondition when the format version is newer than this program knows.
absl::StatusOr<Manifest> ParseManifest(absl::string_view manifest);
absl::StatusOr<Bundle> ParseBundle(const BundleFiles& files);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_BUNDLE_H_

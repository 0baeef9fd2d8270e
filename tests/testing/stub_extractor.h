// A backbone that computes nothing: features of the right shapes, cheaply, from the picture's own pixels.
#ifndef MLFSC_TESTS_TESTING_STUB_EXTRACTOR_H_
#define MLFSC_TESTS_TESTING_STUB_EXTRACTOR_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/features/feature_extractor.h"

namespace mlfsc::testing {

// A picture's features: of the right shapes, dependent on its pixels alone.
PictureFeatures StubFeatures(const FeatureOptions& options, const InputPicture& picture);

// Deterministic: a picture's features depend on the picture alone. The hooks are set before use.
class StubExtractor : public FeatureExtractor {
 public:
  // Called in the midst of each pass, with the pictures of the batch.
  std::function<void(absl::Span<const InputPicture* const>)> on_pass = [](auto) {};
  // Called in the midst of a training picture's pass, before it gives way.
  std::function<void()> before_giving_way = [] {};
  // What Extract fails with.
  absl::Status failure;

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override;
  absl::StatusOr<PictureFeatures> ExtractGivingWay(const FeatureOptions& options, const InputPicture& picture,
                                                   absl::FunctionRef<void()> give_way) override;
  std::string backbone_sha256() const override { return std::string(64, 'a'); }
  FeatureArithmetic arithmetic() const override { return {"float32", "stub"}; }
  std::string description() const override { return "stub"; }

  // Pictures of each pass so far, in the order in which the passes ended.
  std::vector<int> passes() const;

 private:
  mutable Mutex mutex_;
  std::vector<int> passes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_STUB_EXTRACTOR_H_

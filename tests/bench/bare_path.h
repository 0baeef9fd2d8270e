// What serving is measured against: the bare work of a picture and nothing around it.
#ifndef MLFSC_TESTS_BENCH_BARE_PATH_H_
#define MLFSC_TESTS_BENCH_BARE_PATH_H_

#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/thread_pool.h"
#include "core/features/feature_extractor.h"
#include "core/serving/category_model.h"
#include "models/bare_forward.h"

namespace mlfsc {

// A bare forward pass (models/bare_forward.h) of a batch, then coding and scoring of each of its pictures,
// one after the other on all cores: no decoding, no queues, no gRPC. Called by one thread at a time.
class BarePath {
 public:
  // `extractor`: makes the features that are coded, once, of a made-up picture; outlives the call only.
  static absl::StatusOr<std::unique_ptr<BarePath>> Make(const Vgg16Options& options,
                                                        FeatureExtractor* extractor,
                                                        std::shared_ptr<const CategoryModel> model,
                                                        int coding_threads);

  // How long one batch takes. What is no part of the work is done outside of that time: the input's
  // preparation, a first pass of a new size, the copies that coding uses up.
  absl::StatusOr<absl::Duration> Time(int batch);

 private:
  BarePath(std::unique_ptr<BareForward> forward, std::shared_ptr<const CategoryModel> model,
           PictureFeatures features, int coding_threads);

  const std::unique_ptr<BareForward> forward_;
  const std::shared_ptr<const CategoryModel> model_;
  const PictureFeatures features_;
  ThreadPool coding_;
  std::map<int, bool> warm_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_BENCH_BARE_PATH_H_

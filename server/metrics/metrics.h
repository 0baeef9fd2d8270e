// What the server counts, for Prometheus. docs/metrics.md says what each series means.
#ifndef MLFSC_SERVER_METRICS_METRICS_H_
#define MLFSC_SERVER_METRICS_METRICS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "core/scoring/calibration.h"
#include "core/serving/serving_observer.h"

namespace mlfsc {

// The process, as mlfsc_build_info tells it.
struct BuildInfo {
  std::string version;
  // What FeatureExtractor::description says.
  std::string features;
  std::string backbone_sha256;
};

// Owns every series. Thread-safe; outlives whoever reports to it. Series are looked up once and kept:
// reporting takes no lock but the series' own and, to find a method's or a category's, a short one.
class Metrics : public ServingObserver {
 public:
  // Categories with series of their own; what is beyond counts under `category="(other)"`, so that a store
  // full of names cannot flood Prometheus.
  static constexpr size_t kMaxCategories = 500;

  explicit Metrics(const BuildInfo& build);
  ~Metrics() override;

  // ServingObserver.
  void OnStage(Stage stage, absl::Duration duration) override;
  void OnBatch(Stage stage, int size) override;
  void OnQueueCapacity(Stage stage, int capacity) override;
  void OnQueueDepth(Stage stage, int depth) override;
  void OnDrop(Stage stage, DropReason reason) override;
  void OnDecoderEnd(DecoderEndCause cause) override;

  // A call of `method` ("Score"), of gRPC's type "unary" or "bidi_stream", came in; and ended. `method` is
  // one of the service's own, never a client's word.
  void OnCallStarted(absl::string_view method, absl::string_view type);
  void OnCallEnded(absl::string_view method, absl::string_view type, absl::StatusCode code,
                   absl::Duration duration);

  // A picture of a category that exists was scored. `expected_score`: the middle of the good pictures'
  // normalised scores, by the calibration of the version that answered.
  void OnInspected(const std::string& category, double normalised_score, Verdict verdict,
                   double expected_score);

  // The version that answers for a category, 0 = its active one cannot be used.
  void OnActiveVersion(const std::string& category, int64_t version);
  // A category has no active version, which is nobody's fault: none was activated yet.
  void OnNoActiveVersion(const std::string& category);
  // It is gone, with all its series.
  void OnCategoryDeleted(const std::string& category);

  // Of the memory budget: what there is, and what is charged now.
  void OnMemoryLimit(int64_t bytes);
  void OnMemoryUsed(int64_t bytes);

  void OnTrainingStarted();
  // In the spools of all trainings now.
  void OnSpool(int64_t bytes);
  // `duration`: from its start; `pictures`: that it learnt from.
  void OnTrainingEnded(absl::StatusCode code, absl::Duration duration, int64_t pictures);

  // What the series tell now. `stage`: kDecode, kFeatures, kCoding or kEncode.
  int queue_depth(Stage stage) const;
  int queue_capacity(Stage stage) const;
  int trainings_running() const;

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  // OK to Unauthenticated.
  static constexpr int kCodes = 17;

  struct Method;
  struct Category;

  Method& MethodOf(absl::string_view method, absl::string_view type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Category& CategoryOf(const std::string& category) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(Category* category) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& handling_seconds_;
  prometheus::Family<prometheus::Histogram>& scores_;
  prometheus::Family<prometheus::Counter>& verdicts_;
  prometheus::Family<prometheus::Gauge>& bundle_info_;
  prometheus::Family<prometheus::Gauge>& expected_scores_;

  std::array<prometheus::Histogram*, kStages> stage_seconds_{};
  std::array<prometheus::Histogram*, kStages> batch_size_{};
  std::array<prometheus::Gauge*, kStages> queue_depth_{};
  std::array<prometheus::Gauge*, kStages> queue_capacity_{};
  std::array<std::array<prometheus::Counter*, kDropReasons>, kStages> rejected_{};
  prometheus::Gauge* memory_limit_ = nullptr;
  prometheus::Gauge* memory_used_ = nullptr;
  std::array<prometheus::Counter*, kDecoderEndCauses> decoder_ends_{};
  std::array<prometheus::Counter*, kCodes> trainings_{};
  prometheus::Gauge* training_running_ = nullptr;
  prometheus::Gauge* training_spool_ = nullptr;
  prometheus::Histogram* training_seconds_ = nullptr;
  prometheus::Counter* training_pictures_ = nullptr;

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Category>> categories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_METRICS_METRICS_H_

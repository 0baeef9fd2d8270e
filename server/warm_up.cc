#include "server/warm_up.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/mutex.h"

namespace mlfsc {
namespace {

// Counts answers down.
class Answers {
 public:
  explicit Answers(int expected) : left_(expected) {}

  void Add(const absl::Status& status) {
    MutexLock lock(&mutex_);
    status_.Update(status);
    --left_;
    mutex_.SignalAll();
  }
  absl::Status Wait() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return left_ == 0; });
    return status_;
  }

 private:
  Mutex mutex_;
  int left_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

absl::Status Pass(int input_size, int pictures, FeatureStage* stage) {
  const auto answers = std::make_shared<Answers>(pictures);
  for (int i = 0; i < pictures; ++i) {
    FeatureRequest request;
    request.options.input_size = input_size;
    request.input.size = input_size;
    request.input.rgb.assign(static_cast<size_t>(3) * input_size * input_size, 0.5F);
    stage->Submit(std::move(request),
                  [answers](const absl::StatusOr<FeatureResult>& result) { answers->Add(result.status()); });
  }
  return answers->Wait();
}

}  // namespace

absl::Status WarmUp(const std::vector<int>& input_sizes, const FeatureStageOptions& options,
                    FeatureStage* stage) {
  for (const int size : input_sizes) {
    if (const absl::Status status = Pass(size, 1, stage); !status.ok()) return status;
  }
  const int batch = std::min(options.max_batch, options.queue_length);
  if (batch == 1) return absl::OkStatus();
  // The first picture finds the stage idle and goes alone; the others meet behind it.
  return Pass(input_sizes.front(), batch + 1, stage);
}

}  // namespace mlfsc

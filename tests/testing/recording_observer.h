// Keeps what the serving layer tells its observer.
#ifndef MLFSC_TESTS_TESTING_RECORDING_OBSERVER_H_
#define MLFSC_TESTS_TESTING_RECORDING_OBSERVER_H_

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/serving/serving_observer.h"

namespace mlfsc::testing {

// Thread-safe. The hook is set before use.
class RecordingObserver : public ServingObserver {
 public:
  // Called at the end of each stage, on the stage's thread: holds it up when it waits.
  std::function<void(Stage)> on_stage = [](Stage) {};

  void OnStage(Stage stage, absl::Duration) override {
    {
      MutexLock lock(&mutex_);
      ++stages_[stage];
    }
    on_stage(stage);
  }
  void OnBatch(Stage, int size) override {
    MutexLock lock(&mutex_);
    batches_.push_back(size);
  }
  void OnQueueDepth(Stage stage, int depth) override {
    MutexLock lock(&mutex_);
    depths_[stage] = depth;
    mutex_.SignalAll();
  }
  void OnDrop(Stage stage, DropReason reason) override {
    MutexLock lock(&mutex_);
    ++drops_[{stage, reason}];
  }

  // How often each stage was reported.
  int stages(Stage stage) {
    MutexLock lock(&mutex_);
    return stages_[stage];
  }
  std::vector<int> batches() {
    MutexLock lock(&mutex_);
    return batches_;
  }
  // The last one reported.
  int depth(Stage stage) {
    MutexLock lock(&mutex_);
    return depths_[stage];
  }
  void AwaitDepth(Stage stage, int depth) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return depths_[stage] == depth; });
  }
  int drops(Stage stage, DropReason reason) {
    MutexLock lock(&mutex_);
    return drops_[{stage, reason}];
  }

 private:
  Mutex mutex_;
  std::map<Stage, int> stages_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> batches_ ABSL_GUARDED_BY(mutex_);
  std::map<Stage, int> depths_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<Stage, DropReason>, int> drops_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_RECORDING_OBSERVER_H_

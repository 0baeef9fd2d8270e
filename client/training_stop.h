// The way to end a training from another thread.
#ifndef MLFSC_CLIENT_TRAINING_STOP_H_
#define MLFSC_CLIENT_TRAINING_STOP_H_

#include <functional>
#include <utility>

#include "core/base/mutex.h"

namespace mlfsc::client {

// Of one training; outlives it. Thread-safe.
class TrainingStop {
 public:
  // The training ends with CANCELLED: now, or as soon as it begins. The server leaves nothing of it behind.
  void Stop() {
    MutexLock lock(&mutex_);
    stopped_ = true;
    if (cancel_) cancel_();
  }

  bool stopped() const {
    MutexLock lock(&mutex_);
    return stopped_;
  }

  // The call that Stop ends while this lives. `stop` may be null: nothing ends it then.
  class Scope {
   public:
    // `cancel` ends the call, from any thread.
    Scope(TrainingStop* stop, std::function<void()> cancel) : stop_(stop) {
      if (stop_ != nullptr) stop_->Watch(std::move(cancel));
    }
    ~Scope() {
      if (stop_ != nullptr) stop_->Watch(nullptr);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    TrainingStop* const stop_;
  };

 private:
  void Watch(std::function<void()> cancel) {
    MutexLock lock(&mutex_);
    cancel_ = std::move(cancel);
    if (stopped_ && cancel_) cancel_();
  }

  mutable Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TRAINING_STOP_H_

// The way to end a training from another thread.
#ifndef MLFSC_CLIENT_TRAINING_STOP_H_
#define MLFSC_CLIENT_TRAINING_STOP_H_

#include "client/stub.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// Of one training; outlives it. Thread-safe.
class TrainingStop {
 public:
  // The training ends with CANCELLED: now, or as soon as it begins. The server leaves nothing of it behind.
  void Stop() {
    MutexLock lock(&mutex_);
    stopped_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }

  bool stopped() const {
    MutexLock lock(&mutex_);
    return stopped_;
  }

  // The call that Stop ends while this lives. `stop` may be null: nothing ends it then.
  class Scope {
   public:
    Scope(TrainingStop* stop, TrainStream* stream) : stop_(stop) {
      if (stop_ != nullptr) stop_->Watch(stream);
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
  void Watch(TrainStream* stream) {
    MutexLock lock(&mutex_);
    stream_ = stream;
    if (stopped_ && stream_ != nullptr) stream_->Cancel();
  }

  mutable Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  TrainStream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TRAINING_STOP_H_

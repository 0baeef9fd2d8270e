// Ends a stream whose client is slower than its deadline.
#ifndef MLFSC_SERVER_CALL_ALARM_H_
#define MLFSC_SERVER_CALL_ALARM_H_

#include <memory>

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "server/alarm_time.h"

namespace mlfsc {

// Cancels the call after a time, unless it is destroyed before. What the call waits for then fails. Destroyed
// before the context is.
class CallAlarm {
 public:
  CallAlarm(grpc::CallbackServerContext* context, absl::Duration time_left)
      : target_(std::make_shared<Target>(context)) {
    alarm_.Set(AfterTime(time_left), [target = target_](bool expired) {
      if (expired) target->Cancel();
    });
  }
  ~CallAlarm() { target_->Release(); }
  CallAlarm(const CallAlarm&) = delete;
  CallAlarm& operator=(const CallAlarm&) = delete;

  bool rang() const { return target_->rang(); }

 private:
  // Outlives the alarm's last word.
  class Target {
   public:
    explicit Target(grpc::CallbackServerContext* context) : context_(context) {}

    void Cancel() {
      MutexLock lock(&mutex_);
      if (context_ == nullptr) return;
      rang_ = true;
      context_->TryCancel();
    }
    void Release() {
      MutexLock lock(&mutex_);
      context_ = nullptr;
    }
    bool rang() const {
      MutexLock lock(&mutex_);
      return rang_;
    }

   private:
    mutable Mutex mutex_;
    grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(mutex_);
    bool rang_ ABSL_GUARDED_BY(mutex_) = false;
  };

  const std::shared_ptr<Target> target_;
  grpc::Alarm alarm_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CALL_ALARM_H_

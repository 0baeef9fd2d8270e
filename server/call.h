// What every call has in common: whether it is let in, its deadline, its number, its line in the log.
#ifndef MLFSC_SERVER_CALL_H_
#define MLFSC_SERVER_CALL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "server/logger.h"

namespace mlfsc {

class CallGate;

// One call, from its entry until its answer has left. Not thread-safe; the gate outlives it.
class Call {
 public:
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Unavailable while the server warms up or drains. A call that is not admitted is ended with this.
  const absl::Status& admitted() const { return admitted_; }

  // Of the gate's clock: the client's, or the gate's default when the client named none.
  absl::Time deadline() const { return deadline_; }
  // Whether the client is known to have gone, or its deadline to have passed.
  bool cancelled() const { return context_->IsCancelled(); }

  // The client's `x-request-id`, if it sent a sound one, or a new one; it goes back in the initial metadata.
  const std::string& request_id() const { return request_id_; }

  // Adds to the call's line in the log.
  void Note(LogField field) { notes_.push_back(std::move(field)); }

  // Writes the line and gives what to finish the call with. Once.
  grpc::Status End(const absl::Status& status);

 private:
  friend class CallGate;
  Call(CallGate* gate, const char* method, absl::Status admitted, grpc::CallbackServerContext* context);

  CallGate* const gate_;
  const char* const method_;
  const absl::Status admitted_;
  const grpc::CallbackServerContext* const context_;
  const absl::Time start_;
  const absl::Time deadline_;
  std::string request_id_;
  std::vector<LogField> notes_;
};

// The door that every call comes through. Thread-safe.
class CallGate {
 public:
  // `default_deadline`: of calls whose client named none. `clock` and `logger` outlive the gate.
  CallGate(absl::Duration default_deadline, Clock* clock, Logger* logger);

  // Until Open, calls are told that the server is starting; from Close on, that it shuts down.
  void Open();
  void Close();

  // Waits until no call is inside, at most `timeout` of the real clock. Returns whether none is.
  bool WaitUntilIdle(absl::Duration timeout);

  // `method`: lives for ever. `context` outlives the call.
  std::unique_ptr<Call> Enter(const char* method, grpc::CallbackServerContext* context);

 private:
  friend class Call;
  enum class State { kStarting, kOpen, kClosed };

  std::string NewRequestId();
  void Leave();

  const absl::Duration default_deadline_;
  Clock* const clock_;
  Logger* const logger_;
  const std::string id_prefix_;
  std::atomic<uint64_t> next_id_{1};
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kStarting;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CALL_H_

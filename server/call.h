// What every call has in common: whether it is let in, its deadline, its number, its metrics, its line in the
// log.
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
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "server/access/access_policy.h"
#include "server/access/peer_limiter.h"
#include "server/line_budget.h"
#include "server/logger.h"
#include "server/metrics/metrics.h"

namespace mlfsc {

class CallGate;

// One of the service's methods. All live for ever.
struct Method {
  const char* name;
  // As gRPC's metrics spell it: "unary", "client_stream", "server_stream" or "bidi_stream".
  const char* type;
  Right right;
};

// One call, from its entry until its answer has left. Not thread-safe; the gate outlives it.
class Call {
 public:
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Unavailable while the server warms up or drains, Unauthenticated, PermissionDenied, or ResourceExhausted
  // when its client has too many calls under way. A call that is not admitted is ended with this.
  const absl::Status& admitted() const { return admitted_; }

  // Of the gate's clock: the client's, or the gate's default when the client named none.
  absl::Time deadline() const { return deadline_; }
  // Who it is counted for (PeerKey); empty when it was not admitted.
  const std::string& client() const;
  // Whether the client is known to have gone, or its deadline to have passed.
  bool cancelled() const { return context_->IsCancelled(); }
  // Ends the call without an answer, or before its answer has been taken. Not after OnDone.
  void Cancel() { context_->TryCancel(); }
  absl::Duration reply_timeout() const;

  // Adds to the call's line in the log.
  void Note(LogField field) { notes_.push_back(std::move(field)); }
  // The category that it is about, as the client says; nothing when that is no name of a category.
  void NoteCategory(const std::string& category);

  // Writes the line and gives what to finish the call with. Once. Does not throw.
  grpc::Status End(const absl::Status& status);

 private:
  friend class CallGate;
  Call(CallGate* gate, const Method& method, absl::Status starting, grpc::CallbackServerContext* context);

  CallGate* const gate_;
  const Method& method_;
  grpc::CallbackServerContext* const context_;
  const absl::Time start_;
  const absl::Time deadline_;
  // The client's `x-request-id`, if it sent a sound one, or a new one; it goes back in the initial metadata.
  std::string request_id_;
  std::unique_ptr<PeerLimiter::Place> place_;
  absl::Status admitted_;
  std::vector<LogField> notes_;
};

// The door that every call comes through. Thread-safe.
class CallGate {
 public:
  struct Options {
    // Of calls whose client named none.
    absl::Duration default_deadline = absl::Seconds(60);
    // How long a client may take to take its answer, Train's apart.
    absl::Duration reply_timeout = absl::Seconds(60);
    // Calls of one client under way at once; 0 = no limit.
    int max_calls_per_client = 0;
    // Addresses whose `x-forwarded-for` is believed.
    std::vector<std::string> trusted_proxies;
    // Calls that the log shows, of those that succeed and of those that fail; the others are counted. 0 = no
    // limit.
    int log_calls_per_second = 100;
  };

  // `access`: null lets everyone do everything. All pointers outlive the gate.
  CallGate(Options options, const AccessPolicy* access, Metrics* metrics, Clock* clock, Logger* logger);

  // Until Open, calls are told that the server is starting; from Close on, that it shuts down.
  void Open();
  void Close();

  // Waits until no call is inside, at most `timeout` of the real clock. Returns whether none is. Tells the
  // log what it has not shown.
  bool WaitUntilIdle(absl::Duration timeout);

  // `context` outlives the call. Throws std::bad_alloc, and nobody is inside, when there is no memory for the
  // call.
  std::unique_ptr<Call> Enter(const Method& method, grpc::CallbackServerContext* context);

 private:
  friend class Call;
  enum class State { kStarting, kOpen, kClosed };

  // Who the client is and what it may do; takes its place among its calls.
  absl::StatusOr<std::unique_ptr<PeerLimiter::Place>> LetIn(const Method& method,
                                                            const grpc::CallbackServerContext& context);
  std::string NewRequestId();
  void Leave();
  // The call's line, unless there are too many.
  void LogCall(const Call& call, const absl::Status& status, absl::Duration duration);
  void LogRefused(bool ok, int64_t lines);

  const Options options_;
  const AccessPolicy* const access_;
  Metrics* const metrics_;
  Clock* const clock_;
  Logger* const logger_;
  PeerLimiter limiter_;
  // Apart, so that a flood of the one kind does not hide the other.
  LineBudget ok_lines_;
  LineBudget failed_lines_;
  const std::string id_prefix_;
  std::atomic<uint64_t> next_id_{1};
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kStarting;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CALL_H_

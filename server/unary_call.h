// A unary call in flight: the gRPC reactor, the picture's cancellation, the door.
#ifndef MLFSC_SERVER_UNARY_CALL_H_
#define MLFSC_SERVER_UNARY_CALL_H_

#include <memory>
#include <string>
#include <utility>

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/cancellation.h"
#include "core/base/contained.h"
#include "core/base/memory_budget.h"
#include "core/base/mutex.h"
#include "server/alarm_time.h"
#include "server/call.h"
#include "server/convert/status.h"

namespace mlfsc {

// Lives until gRPC is done with it, then deletes itself. Reply must be called once, from any thread; the
// request and the response live until then and are not to be touched after it. A client that does not take
// the answer is given up after the gate's reply_timeout: its answer, however large, is not kept for ever.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryCall(std::unique_ptr<Call> call)
      : call_(std::make_shared<Open>(std::move(call))), cancellation_(std::make_shared<Cancellation>()) {}

  Call& call() { return *call_->call; }
  // Is cancelled when the client goes away or its deadline passes.
  const std::shared_ptr<Cancellation>& cancellation() const { return cancellation_; }

  // Keeps the charge of what the call holds until gRPC is done with it.
  void Keep(std::shared_ptr<const MemoryCharge> memory) { memory_ = std::move(memory); }

  // Does not throw.
  void Reply(const absl::Status& status) {
    grpc::Status answer = call().End(status);
    ContainedVoid("setting an alarm", [this] {
      patience_.Set(AfterTime(call().reply_timeout()), [open = call_](bool expired) {
        if (expired) open->Cancel();
      });
    }).IgnoreError();
    Finish(std::move(answer));
  }

 private:
  // The call while gRPC knows it.
  struct Open {
    explicit Open(std::unique_ptr<Call> c) : call(std::move(c)) {}

    void Cancel() {
      MutexLock lock(&mutex);
      if (call != nullptr) call->Cancel();
    }
    void Close() {
      std::unique_ptr<Call> closed;
      MutexLock lock(&mutex);
      closed = std::move(call);
    }

    Mutex mutex;
    // Taken away under the lock, and only by OnDone.
    std::unique_ptr<Call> call;
  };

  void OnCancel() override { cancellation_->Cancel(); }
  void OnDone() override {
    call_->Close();
    delete this;
  }

  const std::shared_ptr<Open> call_;
  const std::shared_ptr<Cancellation> cancellation_;
  grpc::Alarm patience_;
  std::shared_ptr<const MemoryCharge> memory_;
};

// Lets a call in through `gate` and calls `work(call)`, which begins what ends in call->Reply, and returns OK
// once it has; what it returns or throws instead is the reply. A call that is not admitted is replied to
// here. `category`: for the log; empty when it is about none.
template <typename Work>
grpc::ServerUnaryReactor* BeginUnaryCall(CallGate* gate, const Method& method,
                                         grpc::CallbackServerContext* context, const std::string& category,
                                         const Work& work) {
  UnaryCall* call = nullptr;
  absl::Status status =
      ContainedVoid("letting in a call", [&] { call = new UnaryCall(gate->Enter(method, context)); });
  if (call == nullptr) {
    grpc::ServerUnaryReactor* const refusal = context->DefaultReactor();
    refusal->Finish(ToGrpcStatus(status));
    return refusal;
  }
  status = ContainedVoid("noting a call", [&] { call->call().NoteCategory(category); });
  if (status.ok()) status = call->call().admitted();
  if (status.ok()) status = Contained("beginning a call", [&]() -> absl::Status { return work(call); });
  if (!status.ok()) call->Reply(status);
  return call;
}

}  // namespace mlfsc

#endif  // MLFSC_SERVER_UNARY_CALL_H_

// A unary call in flight: the gRPC reactor, the picture's cancellation, the door.
#ifndef MLFSC_SERVER_UNARY_CALL_H_
#define MLFSC_SERVER_UNARY_CALL_H_

#include <memory>
#include <utility>

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "core/serving/cancellation.h"
#include "server/call.h"

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

  void Reply(const absl::Status& status) {
    const grpc::Status answer = call().End(status);
    patience_.Set(absl::ToChronoTime(absl::Now() + call().reply_timeout()), [open = call_](bool expired) {
      if (expired) open->Cancel();
    });
    Finish(answer);
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
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_UNARY_CALL_H_

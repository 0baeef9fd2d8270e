// A unary call in flight: the gRPC reactor, the picture's cancellation, the door.
#ifndef MLFSC_SERVER_UNARY_CALL_H_
#define MLFSC_SERVER_UNARY_CALL_H_

#include <memory>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "core/serving/cancellation.h"
#include "server/call.h"

namespace mlfsc {

// Lives until gRPC is done with it, then deletes itself. Reply must be called once, from any thread; the
// request and the response live until then and are not to be touched after it.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryCall(std::unique_ptr<Call> call)
      : call_(std::move(call)), cancellation_(std::make_shared<Cancellation>()) {}

  Call& call() { return *call_; }
  // Is cancelled when the client goes away or its deadline passes.
  const std::shared_ptr<Cancellation>& cancellation() const { return cancellation_; }

  void Reply(const absl::Status& status) { Finish(call_->End(status)); }

 private:
  void OnCancel() override { cancellation_->Cancel(); }
  void OnDone() override { delete this; }

  const std::unique_ptr<Call> call_;
  const std::shared_ptr<Cancellation> cancellation_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_UNARY_CALL_H_

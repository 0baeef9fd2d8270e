// The one place where an absl::Status becomes a gRPC status.
#ifndef MLFSC_SERVER_CONVERT_STATUS_H_
#define MLFSC_SERVER_CONVERT_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace mlfsc {

// Code and message as they are. A retry hint (core/base/retry_hint.h) becomes a google.rpc.RetryInfo among
// the details. Does not throw: without memory for more it is the code alone.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_STATUS_H_

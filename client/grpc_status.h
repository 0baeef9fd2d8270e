// What gRPC says of a failed call, as absl::Status.
#ifndef MLFSC_CLIENT_GRPC_STATUS_H_
#define MLFSC_CLIENT_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace mlfsc::client {

// The same code and message; a google.rpc.RetryInfo among the error's details becomes the status's retry hint
// (core/base/retry_hint.h). Details that cannot be read are left out.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GRPC_STATUS_H_

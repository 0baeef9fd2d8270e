#include "client/fault.h"

#include "client/message_size.h"

namespace mlfsc::client {

Fault FaultOf(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
      return Fault::kPicture;
    case absl::StatusCode::kResourceExhausted:
      return IsAboutSize(error) ? Fault::kPicture : Fault::kPassing;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
      return Fault::kLasting;
    default:
      return Fault::kPassing;
  }
}

}  // namespace mlfsc::client

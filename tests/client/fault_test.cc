#include "client/fault.h"

#include <gtest/gtest.h>

#include "client/message_size.h"
#include "core/base/retry_hint.h"

namespace mlfsc::client {
namespace {

TEST(FaultOfTest, OnlyWhatIsSaidOfThePictureIsThePictures) {
  const struct {
    absl::StatusCode code;
    Fault fault;
  } kTable[] = {
      {absl::StatusCode::kInvalidArgument, Fault::kPicture},
      {absl::StatusCode::kCancelled, Fault::kPassing},
      {absl::StatusCode::kUnknown, Fault::kPassing},
      {absl::StatusCode::kDeadlineExceeded, Fault::kPassing},
      {absl::StatusCode::kAlreadyExists, Fault::kPassing},
      {absl::StatusCode::kResourceExhausted, Fault::kPassing},
      {absl::StatusCode::kAborted, Fault::kPassing},
      {absl::StatusCode::kOutOfRange, Fault::kPassing},
      {absl::StatusCode::kInternal, Fault::kPassing},
      {absl::StatusCode::kUnavailable, Fault::kPassing},
      {absl::StatusCode::kDataLoss, Fault::kPassing},
      {absl::StatusCode::kNotFound, Fault::kLasting},
      {absl::StatusCode::kPermissionDenied, Fault::kLasting},
      {absl::StatusCode::kUnauthenticated, Fault::kLasting},
      {absl::StatusCode::kFailedPrecondition, Fault::kLasting},
      {absl::StatusCode::kUnimplemented, Fault::kLasting},
  };
  for (const auto& [code, fault] : kTable) {
    EXPECT_EQ(FaultOf(absl::Status(code, "words")), fault) << absl::StatusCodeToString(code);
  }
}

TEST(FaultOfTest, AHintChangesNothing) {
  EXPECT_EQ(FaultOf(WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(1))),
            Fault::kPassing);
}

TEST(FaultOfTest, AMessageThatIsTooLargeIsThePictures) {
  for (const char* words :
       {"Received message larger than max (300 vs. 200)", "Sent message larger than max (300 vs. 200)"}) {
    const absl::Status error = absl::ResourceExhaustedError(words);
    EXPECT_EQ(FaultOf(error), Fault::kPicture) << words;
    for (size_t sent : {size_t{0}, size_t{300}}) {
      EXPECT_EQ(FaultOf(ExplainSize(error, sent)), Fault::kPicture) << words << ", " << sent << " sent";
    }
  }
}

}  // namespace
}  // namespace mlfsc::client

#include "client/message_size.h"

#include <gmock/gmock.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

absl::Status Exhausted(const char* message) { return absl::ResourceExhaustedError(message); }

TEST(MessageSizeTest, ARequestTooLargeForTheServerIsToldWithTheServersLimitAndTheWayOut) {
  EXPECT_THAT(ExplainSize(Exhausted("Received message larger than max (900 vs. 800)"), 900),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "the picture makes a message of 900 bytes; the limit of the server is 800 "
                       "(--max_message_bytes): send it compressed (PNG, JPEG), or fewer pixels"));
  // Newer gRPC says which side.
  EXPECT_THAT(ExplainSize(Exhausted("SERVER: Received message larger than max (900 vs. 800)"), 900).message(),
              HasSubstr("the limit of the server is 800"));
}

TEST(MessageSizeTest, AnAnswerTooLargeForThisClientIsToldWithTheWayOut) {
  EXPECT_THAT(ExplainSize(Exhausted("Received message larger than max (275520000 vs. 269484032)"), 900),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("the answer has 275520000 bytes; the limit of this client is 269484032: ask "
                                 "for a map as a PNG picture")));
}

TEST(MessageSizeTest, ARequestThatThisClientDoesNotSendIsTold) {
  EXPECT_THAT(ExplainSize(Exhausted("Sent message larger than max (900 vs. 800)"), 900).message(),
              HasSubstr("a message of 900 bytes; the limit of this client is 800"));
}

TEST(MessageSizeTest, OtherErrorsStayAsTheyAre) {
  for (const absl::Status& error :
       {Exhausted("queue holds 8 pictures"), absl::InternalError("message larger than max (1 vs. 2)"),
        Exhausted("Received message larger than max (1"), Exhausted("message larger than max (x vs. 2)")}) {
    EXPECT_EQ(ExplainSize(error, 1), error);
  }
}

}  // namespace
}  // namespace mlfsc::client

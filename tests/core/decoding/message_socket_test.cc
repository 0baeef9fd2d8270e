#include "core/decoding/message_socket.h"

#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::Eq;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(MessageSocketTest, AMessageIsTakenWholeOrItsRealLengthIsTold) {
  const auto socket = *MessageSocket::Create();
  ASSERT_TRUE(socket->Send("ask", 3));
  char asked[8];
  ASSERT_EQ(recv(socket->peer(), asked, sizeof(asked), 0), 3);
  EXPECT_EQ(std::string(asked, 3), "ask");
  for (const std::string message : {"four", "and more than four"}) {
    ASSERT_EQ(send(socket->peer(), message.data(), message.size(), 0), static_cast<ssize_t>(message.size()));
    char received[4];
    EXPECT_THAT(socket->Receive(received, sizeof(received), absl::InfiniteDuration()),
                IsOkAndHolds(message.size()));
    EXPECT_EQ(std::string(received, 4), message.substr(0, 4));
  }
}

TEST(MessageSocketTest, TheEndOfTheOtherSideIsNoMessage) {
  const auto socket = *MessageSocket::Create();
  socket->ClosePeer();
  EXPECT_FALSE(socket->Send("ask", 3));
  char received[4];
  EXPECT_THAT(socket->Receive(received, sizeof(received), absl::InfiniteDuration()), IsOkAndHolds(0u));
}

TEST(MessageSocketTest, WaitingHasALimit) {
  const auto socket = *MessageSocket::Create();
  char received[4];
  EXPECT_THAT(socket->Receive(received, sizeof(received), absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, Eq("the limit of 5ms")));
}

TEST(MessageSocketTest, ShutDownEndsAWait) {
  const auto socket = *MessageSocket::Create();
  std::thread other([&socket] { socket->ShutDown(); });
  char received[4];
  EXPECT_THAT(socket->Receive(received, sizeof(received), absl::InfiniteDuration()), IsOkAndHolds(0u));
  other.join();
}

TEST(MessageSocketTest, WithoutDescriptorsThereIsNone) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  setrlimit(RLIMIT_NOFILE, &none);
  const absl::Status status = MessageSocket::Create().status();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, Eq("no socket: Too many open files")));
}

}  // namespace
}  // namespace mlfsc

#include "core/decoding/decoder_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/decoding/message_socket.h"
#include "core/decoding/shared_memory.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(DecoderProgramTest, OneThatIsNotThereIsNamed) {
  EXPECT_THAT(
      DecoderProgram::Open("/no/such/program"),
      StatusIs(absl::StatusCode::kNotFound,
               Eq("decoding program '/no/such/program' cannot be opened: No such file or directory")));
}

TEST(DecoderProgramTest, OneThatMayNotBeRunIsNamed) {
  EXPECT_THAT(DecoderProgram::Open("/etc/passwd"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("'/etc/passwd' cannot be run")));
}

TEST(DecoderProgramTest, WhatIsNoProgramDoesNotStart) {
  const auto program = DecoderProgram::Open("/tmp");
  ASSERT_THAT(program, IsOk());
  const auto socket = *MessageSocket::Create();
  const auto memory = *SharedMemory::Create(4096);
  EXPECT_THAT((*program)->Spawn(socket->peer(), memory->descriptor()),
              StatusIs(absl::StatusCode::kUnavailable, Eq("'/tmp': Permission denied")));
}

TEST(DecoderProgramTest, AChildIsStarted) {
  const auto socket = *MessageSocket::Create();
  const auto memory = *SharedMemory::Create(4096);
  const absl::StatusOr<pid_t> pid =
      (*DecoderProgram::Open("/bin/true"))->Spawn(socket->peer(), memory->descriptor());
  ASSERT_THAT(pid, IsOk());
  int status = -1;
  ASSERT_EQ(waitpid(*pid, &status, 0), *pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mlfsc

#include "client/watch/claims.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

class ClaimsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Claims> Open() {
    absl::StatusOr<std::unique_ptr<Claims>> claims = Claims::Open(folder_.path() + "/claims");
    EXPECT_THAT(claims, testing::IsOk());
    return *std::move(claims);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ClaimsTest, OneAtATimeHasAClaimAndOthersHaveOthers) {
  const std::unique_ptr<Claims> a = Open();
  const std::unique_ptr<Claims> b = Open();
  EXPECT_TRUE(a->Take("cloth/a.png"));
  EXPECT_FALSE(b->Take("cloth/a.png"));
  EXPECT_TRUE(b->Take("cloth/b.png"));
  a->Release("cloth/a.png");
  EXPECT_TRUE(b->Take("cloth/a.png"));
}

TEST_F(ClaimsTest, TheDeadHaveNone) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const absl::StatusOr<std::unique_ptr<Claims>> claims = Claims::Open(folder_.path() + "/claims");
    if (!claims.ok() || !(*claims)->Take("a") || write(pipe_ends[1], "t", 1) != 1) _exit(1);
    pause();
  }
  char taken = 0;
  ASSERT_EQ(read(pipe_ends[0], &taken, 1), 1);
  const std::unique_ptr<Claims> claims = Open();
  EXPECT_FALSE(claims->Take("a"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(claims->Take("a"));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_F(ClaimsTest, AFileThatCannotBeMadeIsAnError) {
  EXPECT_THAT(Claims::Open(folder_.path() + "/none/claims"),
              testing::StatusIs(absl::StatusCode::kNotFound, ::testing::_));
}

}  // namespace
}  // namespace mlfsc::client

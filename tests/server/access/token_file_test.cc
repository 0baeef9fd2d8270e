#include "server/access/token_file.h"

#include <cstdio>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOne[] = "first-token-0123456789";
constexpr char kTwo[] = "second-token-0123456789";

class TokenFileTest : public ::testing::Test {
 protected:
  // Written beside and renamed, as a secret that is mounted changes.
  void Write(const std::string& text) {
    std::ofstream(path_ + ".new", std::ios::binary) << text;
    std::rename((path_ + ".new").c_str(), path_.c_str());
  }
  absl::StatusOr<std::unique_ptr<TokenFile>> Open() {
    return TokenFile::Open(path_, &clock_, [this](const absl::Status& error) { errors_.push_back(error); });
  }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/tokens";
  testing::FakeClock clock_;
  std::vector<absl::Status> errors_;
};

TEST_F(TokenFileTest, EveryLineIsATokenButCommentsAndBlanks) {
  Write(std::string("# the line\n") + kOne + "\n\n  " + kTwo + "  \n");
  const auto file = Open();
  ASSERT_THAT(file, testing::IsOk());
  EXPECT_TRUE((*file)->Holds(kOne));
  EXPECT_TRUE((*file)->Holds(kTwo));
  EXPECT_FALSE((*file)->Holds("# the line"));
  EXPECT_FALSE((*file)->Holds(""));
  EXPECT_FALSE((*file)->Holds(std::string(kOne) + "x"));
}

TEST_F(TokenFileTest, AChangedFileIsReadAgainAfterASecond) {
  Write(kOne);
  const auto file = Open();
  ASSERT_THAT(file, testing::IsOk());
  Write(kTwo);
  EXPECT_TRUE((*file)->Holds(kOne));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE((*file)->Holds(kOne));
  EXPECT_TRUE((*file)->Holds(kTwo));
}

TEST_F(TokenFileTest, ABadChangeLeavesTheOldTokensAndIsToldOnce) {
  Write(kOne);
  const auto file = Open();
  ASSERT_THAT(file, testing::IsOk());
  Write("short\n");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_TRUE((*file)->Holds(kOne));
  }
  ASSERT_THAT(errors_, SizeIs(1));
  EXPECT_THAT(errors_[0], testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("line 1 has 5 characters; the least is 16")));
}

TEST_F(TokenFileTest, WhatCannotBeUsedIsNamed) {
  EXPECT_THAT(Open(), testing::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such file")));
  Write("# nothing\n");
  EXPECT_THAT(Open(), testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holds no token")));
  Write("two words in a long token\n");
  EXPECT_THAT(Open(), testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has a space")));
  Write(std::string(TokenFile::kMaxFileBytes + 1, 'a'));
  EXPECT_THAT(Open(),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("larger than 65536 bytes")));
  EXPECT_THAT(errors_, IsEmpty());
}

}  // namespace
}  // namespace mlfsc

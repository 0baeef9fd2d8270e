#include "core/bundle/sha256.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

// FIPS 180-4's examples.
constexpr char kOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kOfAMillionA[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256Test, KnowsTheStandardsExamples) {
  EXPECT_EQ(Sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc"), kOfAbc);
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')), kOfAMillionA);
}

TEST(Sha256Test, AFileReadInPiecesHasTheDigestOfItsBytes) {
  const std::string path = ::testing::TempDir() + "/sha256_test_" + std::to_string(::getpid());
  const std::string bytes = std::string(3'000'000, 'x') + "end";
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(*Sha256OfFile(path), Sha256(bytes));
  std::remove(path.c_str());
}

TEST(Sha256Test, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(Sha256OfFile("/no/such/file"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/file")));
}

TEST(Sha256Test, AFolderHasNoDigest) { EXPECT_FALSE(Sha256OfFile("/").ok()); }

TEST(Sha256Test, ADigestIsSixtyFourLowerCaseHexDigits) {
  EXPECT_TRUE(IsSha256(kOfAbc));
  EXPECT_FALSE(IsSha256(""));
  EXPECT_FALSE(IsSha256(std::string(63, 'a')));
  EXPECT_FALSE(IsSha256(std::string(64, 'A')));
  EXPECT_FALSE(IsSha256(std::string(64, 'g')));
}

}  // namespace
}  // namespace mlfsc

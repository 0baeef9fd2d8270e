#include "server/access/access_policy.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::_;
using ::testing::HasSubstr;

class AccessPolicyTest : public ::testing::Test {
 protected:
  std::unique_ptr<TokenFile> File(const std::string& name, const std::string& token) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << token;
    return TokenFile::Open(path, Clock::Real()).value();
  }

  testing::TemporaryFolder folder_;
};

constexpr char kLine[] = "token-of-the-line-01";
constexpr char kOffice[] = "token-of-the-office-1";

TEST_F(AccessPolicyTest, WithoutTokenFilesEveryoneMayDoEverything) {
  const AccessPolicy policy(nullptr, nullptr);
  EXPECT_THAT(policy.Check("", Right::kChange), testing::IsOk());
}

TEST_F(AccessPolicyTest, AScoringTokenMayScoreOnly) {
  const AccessPolicy policy(File("score", kLine), File("change", kOffice));
  EXPECT_THAT(policy.Check("Bearer token-of-the-line-01", Right::kScore), testing::IsOk());
  EXPECT_THAT(policy.Check("Bearer token-of-the-line-01", Right::kChange),
              testing::StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("may score")));
}

TEST_F(AccessPolicyTest, AChangingTokenMayDoBoth) {
  const AccessPolicy policy(File("score", kLine), File("change", kOffice));
  EXPECT_THAT(policy.Check("bearer token-of-the-office-1", Right::kScore), testing::IsOk());
  EXPECT_THAT(policy.Check("Bearer token-of-the-office-1", Right::kChange), testing::IsOk());
}

TEST_F(AccessPolicyTest, WithoutAKnownTokenNothingIsAllowed) {
  const AccessPolicy policy(File("score", kLine), nullptr);
  for (const char* authorization : {"", "Basic abc", "Bearer", "Bearer ", "Bearer made-up-made-up-made-up"}) {
    EXPECT_THAT(policy.Check(authorization, Right::kScore),
                testing::StatusIs(absl::StatusCode::kUnauthenticated, _))
        << authorization;
  }
}

TEST_F(AccessPolicyTest, WithoutAFileOfChangingTokensNobodyChanges) {
  const AccessPolicy policy(File("score", kLine), nullptr);
  EXPECT_THAT(policy.Check("Bearer token-of-the-line-01", Right::kChange),
              testing::StatusIs(absl::StatusCode::kPermissionDenied, _));
}

}  // namespace
}  // namespace mlfsc

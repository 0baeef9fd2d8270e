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

TEST_F(AccessPolicyTest, EverySpellingOfATokenIsTheSameToken) {
  const AccessPolicy policy(File("score", kLine), nullptr);
  for (const char* authorization :
       {"Bearer token-of-the-line-01", "bearer token-of-the-line-01", "BEARER token-of-the-line-01",
        "Bearer  token-of-the-line-01", "Bearer token-of-the-line-01  ", "Bearer \ttoken-of-the-line-01\t"}) {
    EXPECT_THAT(policy.Check(authorization, Right::kScore), testing::IsOkAndHolds(kLine)) << authorization;
  }
  EXPECT_THAT(AccessPolicy(nullptr, nullptr).Check("Bearer made-up-made-up-made-up", Right::kScore), testing::IsOkAndHolds(""))
      << "nobody looked at it";
}

TEST_F(AccessPolicyTest, WhatIsNoSpellingOfATokenIsRefused) {
  const AccessPolicy policy(File("score", kLine), nullptr);
  for (const char* authorization :
       {"token-of-the-line-01", "Bearertoken-of-the-line-01", "Bearer:token-of-the-line-01", "Bearer token-of-the-line-01,x",
        "Bearer TOKEN-OF-THE-LINE-01", "Bearer token-of-the-line-01 token-of-the-line-01", "Bearer \"token-of-the-line-01\"",
        " Bearer token-of-the-line-01", "Token token-of-the-line-01"}) {
    EXPECT_THAT(policy.Check(authorization, Right::kScore), testing::StatusIs(absl::StatusCode::kUnauthenticated, _))
        << authorization;
  }
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

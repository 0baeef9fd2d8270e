#include "server/access/peer_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;

TEST(PeerKeyTest, AKnownTokenCountsBeforeTheAddress) {
  EXPECT_EQ(PeerKey("line-1-token", "ipv4:10.0.0.1:5000", "", {}), "token:line-1-token");
}

TEST(PeerKeyTest, TheAddressCountsWithoutItsPort) {
  EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", "", {}), "address:10.0.0.1");
  EXPECT_EQ(PeerKey("", "ipv6:[::1]:5000", "", {}), "address:::1");
  EXPECT_EQ(PeerKey("", "ipv6:%5B::1%5D:5000", "", {}), "address:::1");
  EXPECT_EQ(PeerKey("", "unix:/run/mlfsc.sock", "", {}), "address:unix:/run/mlfsc.sock");
}

TEST(PeerKeyTest, AForwardedAddressIsBelievedOnlyFromAListedProxy) {
  EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", "192.0.2.7", {}), "address:10.0.0.1");
  EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", "192.0.2.7", {"10.0.0.1"}), "address:192.0.2.7");
}

TEST(PeerKeyTest, OfSeveralForwardedAddressesTheProxysOwnCounts) {
  EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", "made.up, 192.0.2.7", {"10.0.0.1"}), "address:192.0.2.7");
}

TEST(PeerLimiterTest, TheCallAboveTheLimitIsRefusedWithARetryHint) {
  PeerLimiter limiter(2);
  const auto first = limiter.Enter("a");
  const auto second = limiter.Enter("a");
  ASSERT_THAT(first, testing::IsOk());
  ASSERT_THAT(second, testing::IsOk());
  const auto third = limiter.Enter("a");
  EXPECT_THAT(third, testing::StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("the limit is 2")));
  EXPECT_TRUE(RetryDelay(third.status()).has_value());
}

TEST(PeerLimiterTest, OnePeersCallsCostAnotherNothing) {
  PeerLimiter limiter(1);
  const auto a = limiter.Enter("a");
  EXPECT_THAT(limiter.Enter("b"), testing::IsOk());
}

TEST(PeerLimiterTest, AnEndedCallMakesRoom) {
  PeerLimiter limiter(1);
  { const auto call = limiter.Enter("a"); }
  EXPECT_THAT(limiter.Enter("a"), testing::IsOk());
}

TEST(PeerLimiterTest, ZeroIsNoLimit) {
  PeerLimiter limiter(0);
  std::vector<std::unique_ptr<PeerLimiter::Place>> places;
  for (int i = 0; i < 1000; ++i) {
    auto place = limiter.Enter("a");
    ASSERT_THAT(place, testing::IsOk());
    places.push_back(*std::move(place));
  }
}

}  // namespace
}  // namespace mlfsc

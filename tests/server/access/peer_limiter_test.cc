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

TEST(PeerKeyTest, AnAddressHasOneKeyHoweverItIsWritten) {
  for (const char* peer : {"ipv6:[2001:db8::1]:5", "ipv6:[2001:0DB8:0:0::1]:6", "ipv6:%5B2001:db8:0:0:0:0:0:1%5D:7"}) {
    EXPECT_EQ(PeerKey("", peer, "", {}), "address:2001:db8::1") << peer;
  }
  EXPECT_EQ(PeerKey("", "ipv6:[::ffff:10.0.0.1]:5", "", {}), "address:10.0.0.1");
  EXPECT_EQ(PeerKey("", "ipv6:%5B::ffff:a00:1%5D:5", "", {}), "address:10.0.0.1");
}

TEST(PeerKeyTest, ATrustedProxyMayBeWrittenInAnyWay) {
  for (const char* proxy : {"10.0.0.1", "::ffff:10.0.0.1", "::FFFF:a00:1"}) {
    for (const char* peer : {"ipv4:10.0.0.1:5000", "ipv6:[::ffff:10.0.0.1]:5000"}) {
      EXPECT_EQ(PeerKey("", peer, "192.0.2.7", {proxy}), "address:192.0.2.7") << proxy << " " << peer;
    }
  }
}

TEST(PeerKeyTest, AForwardedAddressHasOneKeyHoweverTheProxyWritesIt) {
  for (const char* forwarded : {"192.0.2.7", " 192.0.2.7 ", "192.0.2.7:4711", "1.2.3.4,192.0.2.7", "::ffff:192.0.2.7",
                                "[::ffff:192.0.2.7]:4711", "made up,\t192.0.2.7"}) {
    EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", forwarded, {"10.0.0.1"}), "address:192.0.2.7") << forwarded;
  }
  EXPECT_EQ(PeerKey("", "ipv4:10.0.0.1:5000", "[2001:DB8::1]:80", {"10.0.0.1"}), "address:2001:db8::1");
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

#include "client/web/request_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;

RequestGuard::Options Secrets() {
  RequestGuard::Options options;
  options.host_names = {"line3"};
  options.page_token = "page-secret";
  return options;
}

// A call as the page itself makes it.
RequestHead Call() {
  RequestHead head;
  head.path = "/api/categories";
  head.hosts = {"127.0.0.1:8080"};
  head.origin = "http://127.0.0.1:8080";
  head.sec_fetch_site = "same-origin";
  head.page_token = "page-secret";
  return head;
}

// The status of the refusal; 0 for none.
int RefusedWith(const RequestGuard& guard, const RequestHead& head) {
  const std::optional<Refusal> refusal = guard.Check(head);
  return refusal.has_value() ? refusal->http_status : 0;
}

TEST(RequestGuardTest, ThePageMayCall) { EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), Call()), 0); }

TEST(RequestGuardTest, AVisitorMayOpenThePageFromAnywhere) {
  RequestHead head;
  head.path = "/";
  head.hosts = {"localhost:8080"};
  head.sec_fetch_site = "cross-site";
  EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 0);
}

TEST(RequestGuardTest, LocalhostAddressesAndGivenNamesAreThePagesHosts) {
  const RequestGuard guard(Secrets());
  for (const char* host :
       {"localhost", "LOCALHOST:9000", "192.168.1.20:8080", "[::1]:8080", "line3", "LINE3:80"}) {
    RequestHead head = Call();
    head.hosts = {host};
    head.origin.clear();
    EXPECT_EQ(RefusedWith(guard, head), 0) << host;
  }
}

TEST(RequestGuardTest, ANameThatSomebodyElseLetsResolveToThisMachineIsRefused) {
  const RequestGuard guard(Secrets());
  for (const char* host : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                           "line3.evil.example", "", "[::1", "1.2.3.4.5"}) {
    RequestHead head = Call();
    head.hosts = {host};
    head.origin = std::string("http://") + host;
    EXPECT_EQ(RefusedWith(guard, head), 403) << host;
  }
}

TEST(RequestGuardTest, ANameThatIsRefusedIsToldHowToBeAllowed) {
  RequestHead head = Call();
  head.hosts = {"line4:8080"};
  EXPECT_THAT(RequestGuard(Secrets()).Check(head)->message, HasSubstr("--host-name line4"));
}

TEST(RequestGuardTest, ARequestHasOneHost) {
  RequestHead head = Call();
  head.hosts.clear();
  EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 400);
  head.hosts = {"127.0.0.1:8080", "evil.example"};
  EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 400);
}

TEST(RequestGuardTest, AnotherPageIsRefusedByItsOrigin) {
  const RequestGuard guard(Secrets());
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:8081", "http://127.0.0.1"}) {
    RequestHead head = Call();
    head.origin = origin;
    EXPECT_EQ(RefusedWith(guard, head), 403) << origin;
  }
}

TEST(RequestGuardTest, AnotherPageIsRefusedByTheBrowsersWord) {
  for (const char* site : {"cross-site", "same-site", "none"}) {
    RequestHead head = Call();
    head.sec_fetch_site = site;
    EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 403) << site;
  }
}

TEST(RequestGuardTest, ACallWithoutThePagesTokenIsRefused) {
  RequestHead head = Call();
  for (const char* token : {"", "page-secreT", "page-secret-and-more"}) {
    head.page_token = token;
    const std::optional<Refusal> refusal = RequestGuard(Secrets()).Check(head);
    ASSERT_TRUE(refusal.has_value()) << token;
    EXPECT_EQ(refusal->http_status, 403);
    EXPECT_EQ(refusal->code, "PAGE_TOKEN");
  }
}

TEST(RequestGuardTest, AVisitorShowsTheToken) {
  RequestGuard::Options options = Secrets();
  options.access_token = "visitor";
  const RequestGuard guard(options);
  RequestHead head = Call();
  EXPECT_EQ(guard.Check(head)->code, "ACCESS_TOKEN");
  EXPECT_EQ(RefusedWith(guard, head), 401);
  head.authorization = "Bearer other";
  EXPECT_EQ(RefusedWith(guard, head), 401);
  head.authorization = "Bearer visitor";
  EXPECT_EQ(RefusedWith(guard, head), 0);
}

TEST(RequestGuardTest, ABodyOfUnknownLengthIsRefused) {
  RequestHead head = Call();
  head.transfer_encoding = "chunked";
  EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 411);
}

TEST(RequestGuardTest, ABodyThatWouldGrowIsRefused) {
  RequestHead head = Call();
  head.content_encoding = "gzip";
  EXPECT_EQ(RefusedWith(RequestGuard(Secrets()), head), 415);
}

TEST(IsLoopbackTest, KnowsThisMachinesAddresses) {
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("127.8.0.1"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_TRUE(IsLoopback("localhost"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
  EXPECT_FALSE(IsLoopback("::"));
  EXPECT_FALSE(IsLoopback("192.168.1.20"));
  EXPECT_FALSE(IsLoopback("line3"));
}

}  // namespace
}  // namespace mlfsc::client

#include "client/web/request_guard.h"

#include <algorithm>

#include <arpa/inet.h>
#include <openssl/crypto.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

const char kCalls[] = "/api/";
const char kBearer[] = "Bearer ";

// Takes as long whatever differs.
bool SameSecret(const std::string& given, const std::string& wanted) {
  return given.size() == wanted.size() && CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

bool IsAddress(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// "[::1]:8080", "localhost:8080", "localhost" without their port and brackets.
std::string WithoutPort(const std::string& host) {
  if (absl::StartsWith(host, "[")) {
    const size_t end = host.find(']');
    return end == std::string::npos ? "" : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

Refusal Refuse(int http_status, std::string message) { return {http_status, "REFUSED", std::move(message)}; }

}  // namespace

bool IsLoopback(const std::string& host) {
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "::1";
}

std::optional<Refusal> RequestGuard::CheckHost(const RequestHead& head) const {
  if (head.hosts.size() != 1) {
    return Refuse(400, absl::StrCat("a request has one Host header, not ", head.hosts.size()));
  }
  const std::string name = absl::AsciiStrToLower(WithoutPort(head.hosts.front()));
  const auto is_name = [&name](const std::string& known) { return absl::EqualsIgnoreCase(known, name); };
  if (name == "localhost" || IsAddress(name) ||
      std::any_of(options_.host_names.begin(), options_.host_names.end(), is_name)) {
    return std::nullopt;
  }
  return Refuse(403, absl::StrCat("this page does not go by the name ", head.hosts.front(),
                                  "; if it should: mlfsc web --host-name ", name));
}

std::optional<Refusal> RequestGuard::CheckCall(const RequestHead& head) const {
  if (!head.sec_fetch_site.empty() && head.sec_fetch_site != "same-origin") {
    return Refuse(403, absl::StrCat("calls come from the page itself, not ", head.sec_fetch_site));
  }
  if (!SameSecret(head.page_token, options_.page_token)) {
    return Refusal{403, "PAGE_TOKEN", "the page is older than this `mlfsc web`; load it again"};
  }
  if (options_.access_token.empty()) return std::nullopt;
  const bool bearer = absl::StartsWith(head.authorization, kBearer);
  if (!bearer || !SameSecret(head.authorization.substr(sizeof(kBearer) - 1), options_.access_token)) {
    return Refusal{401, "ACCESS_TOKEN", bearer ? "that is not the token" : "a token is needed"};
  }
  return std::nullopt;
}

std::optional<Refusal> RequestGuard::Check(const RequestHead& head) const {
  if (std::optional<Refusal> refusal = CheckHost(head)) return refusal;
  if (!head.origin.empty() && head.origin != absl::StrCat("http://", head.hosts.front()) &&
      head.origin != absl::StrCat("https://", head.hosts.front())) {
    return Refuse(403, absl::StrCat("a page of ", head.origin, " may not call this one"));
  }
  // What is read is then at most as long as it says.
  if (!head.transfer_encoding.empty()) return Refuse(411, "a body comes with a Content-Length");
  if (!head.content_encoding.empty()) return Refuse(415, "a body comes uncompressed");
  return absl::StartsWith(head.path, kCalls) ? CheckCall(head) : std::nullopt;
}

}  // namespace mlfsc::client

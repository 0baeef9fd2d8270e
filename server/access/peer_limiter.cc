#include "server/access/peer_limiter.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "core/base/retry_hint.h"

namespace mlfsc {
namespace {

// One spelling for each address, and the IPv4 one of an address that is IPv4 in IPv6 (RFC 4291, 2.5.5.2); anything else as
// it is.
std::string Canonical(std::string address) {
  in6_addr six;
  in_addr four;
  char text[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET6, address.c_str(), &six) == 1) {
    if (!IN6_IS_ADDR_V4MAPPED(&six)) return inet_ntop(AF_INET6, &six, text, sizeof(text));
    std::memcpy(&four, six.s6_addr + 12, sizeof(four));
    return inet_ntop(AF_INET, &four, text, sizeof(text));
  }
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) return inet_ntop(AF_INET, &four, text, sizeof(text));
  return address;
}

// Of an entry of `x-forwarded-for`: some proxies add a port, and to an IPv6 address brackets.
std::string ForwardedAddress(absl::string_view entry) {
  entry = absl::StripAsciiWhitespace(entry);
  if (absl::ConsumePrefix(&entry, "[")) {
    entry = entry.substr(0, entry.find(']'));
  } else if (std::count(entry.begin(), entry.end(), ':') == 1) {
    entry = entry.substr(0, entry.find(':'));
  }
  return Canonical(std::string(entry));
}

// "ipv4:10.0.0.1:5000" to "10.0.0.1", "ipv6:[::1]:5000" (also with %5B and %5D) to "::1"; anything else as it
// is.
std::string AddressOf(absl::string_view peer) {
  for (const absl::string_view scheme : {"ipv4:", "ipv6:"}) {
    if (!absl::StartsWith(peer, scheme)) continue;
    peer.remove_prefix(scheme.size());
    if (const size_t colon = peer.rfind(':'); colon != absl::string_view::npos) peer = peer.substr(0, colon);
    for (const absl::string_view open : {"[", "%5B"}) {
      if (absl::StartsWith(peer, open)) peer.remove_prefix(open.size());
    }
    for (const absl::string_view close : {"]", "%5D"}) {
      if (absl::EndsWith(peer, close)) peer.remove_suffix(close.size());
    }
    break;
  }
  return Canonical(std::string(peer));
}

}  // namespace

std::string PeerKey(absl::string_view token, absl::string_view peer, absl::string_view forwarded_for,
                    const std::vector<std::string>& trusted_proxies) {
  if (!token.empty()) return absl::StrCat("token:", token);
  std::string address = AddressOf(peer);
  const bool trusted = std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                                   [&address](const std::string& proxy) { return Canonical(proxy) == address; });
  if (trusted && !forwarded_for.empty()) {
    const size_t comma = forwarded_for.rfind(',');
    const absl::string_view last =
        comma == absl::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    address = ForwardedAddress(last);
  }
  return absl::StrCat("address:", address);
}

absl::StatusOr<std::unique_ptr<PeerLimiter::Place>> PeerLimiter::Enter(const std::string& peer) {
  MutexLock lock(&mutex_);
  int& calls = calls_[peer];
  if (max_calls_ > 0 && calls >= max_calls_) {
    return WithRetryDelay(
        absl::ResourceExhaustedError(absl::StrCat(
            "this client has ", calls, " calls under way; the limit is ", max_calls_, " a client")),
        absl::Milliseconds(100));
  }
  std::unique_ptr<Place> place(new Place(this, peer));
  ++calls;
  return place;
}

PeerLimiter::Place::~Place() {
  MutexLock lock(&limiter_->mutex_);
  const auto found = limiter_->calls_.find(peer_);
  if (--found->second == 0) limiter_->calls_.erase(found);
}

}  // namespace mlfsc

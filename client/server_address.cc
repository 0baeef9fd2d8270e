#include "client/server_address.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mlfsc::client {
namespace {

constexpr char kUsualPort[] = "50051";

absl::Status Wanted(const std::string& server, absl::string_view fault, absl::string_view instead) {
  return absl::InvalidArgumentError(
      absl::StrCat("server '", server, "' ", fault, "; HOST:PORT is wanted, such as ", instead));
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }) &&
         absl::SimpleAtoi(text, &port) && port >= 1 && port <= 65535;
}

// "host" of "host:1/path", with a port behind it.
std::string WithPort(absl::string_view address) {
  address = address.substr(0, address.find('/'));
  if (address.empty()) return absl::StrCat("localhost:", kUsualPort);
  const size_t colon = address.rfind(':');
  const bool has_port = colon != absl::string_view::npos && IsPort(address.substr(colon + 1));
  if (has_port) return std::string(address);
  if (colon != absl::string_view::npos && address.back() != ']') address = address.substr(0, colon);
  return absl::StrCat(address, ":", kUsualPort);
}

}  // namespace

absl::Status CheckServerAddress(const std::string& server) {
  const absl::string_view text = server;
  if (text.empty()) return Wanted(server, "is empty", WithPort(""));
  for (const char* scheme : {"dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:", "vsock:"}) {
    if (absl::StartsWith(text, scheme)) return absl::OkStatus();
  }
  if (const size_t scheme = text.find("://"); scheme != absl::string_view::npos) {
    const bool secure = absl::EqualsIgnoreCase(text.substr(0, scheme), "https");
    return Wanted(server, absl::StrCat("is a web address", secure ? " (--tls encrypts)" : ""),
                  WithPort(text.substr(scheme + 3)));
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); })) {
    return Wanted(server, "has a space in it", WithPort(""));
  }
  if (absl::StrContains(text, '/')) return Wanted(server, "has a path behind it", WithPort(text));
  const bool brackets = text.front() == '[';
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (!brackets && colons > 1) {
    return Wanted(server, "is an IPv6 address without brackets", absl::StrCat("[", text, "]:", kUsualPort));
  }
  const size_t end = brackets ? text.find(']') : text.find(':');
  if (brackets && end == absl::string_view::npos)
    return Wanted(server, "has no ]", absl::StrCat("[::1]:", kUsualPort));
  const absl::string_view rest = end == absl::string_view::npos ? "" : text.substr(brackets ? end + 1 : end);
  if (rest.empty()) return Wanted(server, "has no port", absl::StrCat(text, ":", kUsualPort));
  const absl::string_view host = text.substr(0, brackets ? end + 1 : end);
  if (host.empty()) return Wanted(server, "has no host", absl::StrCat("localhost", rest));
  if (rest.front() != ':' || !IsPort(rest.substr(1))) {
    return Wanted(
        server,
        absl::StrCat("has the port '", absl::StripPrefix(rest, ":"), "', which is none of 1 to 65535"),
        absl::StrCat(host, ":", kUsualPort));
  }
  return absl::OkStatus();
}

}  // namespace mlfsc::client

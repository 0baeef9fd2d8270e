// Which requests the inspection page's server answers. A browser sends requests on behalf of any page that is
// open in it; only those of this page may reach the inspection server behind.
#ifndef MLFSC_CLIENT_WEB_REQUEST_GUARD_H_
#define MLFSC_CLIENT_WEB_REQUEST_GUARD_H_

#include <optional>
#include <string>
#include <vector>

namespace mlfsc::client {

// What a request says of itself. Headers that are not there are empty.
struct RequestHead {
  std::string path;
  // All its Host headers.
  std::vector<std::string> hosts;
  std::string origin;
  std::string sec_fetch_site;
  std::string page_token;
  std::string authorization;
  std::string transfer_encoding;
  std::string content_encoding;
};

// Why a request is not answered.
struct Refusal {
  int http_status = 403;
  // For the page: "PAGE_TOKEN" (load the page anew), "ACCESS_TOKEN" (ask the visitor for it), else "REFUSED".
  std::string code = "REFUSED";
  std::string message;
};

// Thread-safe.
class RequestGuard {
 public:
  struct Options {
    // Names that the page may be reached by, besides localhost and addresses: a page that lets its own name
    // resolve to this machine (DNS rebinding) still sends its own name.
    std::vector<std::string> host_names;
    // In the page that this process serves, and in every call of that page: no other page can read it.
    std::string page_token;
    // What a visitor must know; empty for nothing.
    std::string access_token;
  };

  explicit RequestGuard(Options options) : options_(std::move(options)) {}

  // Nothing when the request may be answered.
  std::optional<Refusal> Check(const RequestHead& head) const;

 private:
  std::optional<Refusal> CheckHost(const RequestHead& head) const;
  std::optional<Refusal> CheckCall(const RequestHead& head) const;

  const Options options_;
};

// Whether `listen`, a host without port, is reached from this machine only.
bool IsLoopback(const std::string& host);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_REQUEST_GUARD_H_

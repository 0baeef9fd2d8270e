// The inspection page's HTTP server: port, threads, beginning and end.
#ifndef MLFSC_CLIENT_WEB_WEB_SERVER_H_
#define MLFSC_CLIENT_WEB_WEB_SERVER_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <httplib.h>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/web/page_files.h"
#include "client/web/web_page.h"
#include "core/base/clock.h"

namespace mlfsc::client {

struct WebServerOptions : WebPageOptions {
  // Where to listen. Port 0: any free one.
  std::string host = "127.0.0.1";
  int port = 8080;
  // PEM files; both, or neither for plain HTTP.
  std::string certificate;
  std::string key;
};

// Serves from the constructor's return until Stop. Requests run on threads of their own, a connection serves
// one of them: a body that was refused is never read as the next request.
class WebServer {
 public:
  // Already listening. UNAVAILABLE when the address cannot be had, INVALID_ARGUMENT when the certificate
  // cannot be used. `clock` outlives the server.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(const WebServerOptions& options, Client client,
                                                          PageFiles files, Clock* clock);
  // Stops: no request is taken any more, those that run are finished, trainings end.
  ~WebServer();

  int port() const { return port_; }

 private:
  WebServer(const WebServerOptions& options, Client client, PageFiles files, Clock* clock);

  absl::Status Listen(const WebServerOptions& options);
  void Serve();

  WebPage page_;
  int port_ = 0;
  std::unique_ptr<httplib::Server> http_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_WEB_SERVER_H_

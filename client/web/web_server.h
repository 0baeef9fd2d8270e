// The inspection page's HTTP server: its files and its calls.
#ifndef MLFSC_CLIENT_WEB_WEB_SERVER_H_
#define MLFSC_CLIENT_WEB_WEB_SERVER_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/web/page_calls.h"
#include "client/web/page_files.h"
#include "client/web/request_guard.h"
#include "client/web/training_jobs.h"
#include "core/base/clock.h"

namespace mlfsc::client {

struct WebServerOptions {
  // Where to listen. Port 0: any free one.
  std::string host = "127.0.0.1";
  int port = 8080;
  // PEM files; both, or neither for plain HTTP.
  std::string certificate;
  std::string key;
  // How the page names the inspection server.
  std::string server;
  // A request with more is refused (413).
  size_t max_picture_bytes = 33 << 20;
  RequestGuard::Options guard;
  TrainingJobs::Options trainings;
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
  void Serve(const WebServerOptions& options);

  const PageFiles files_;
  const RequestGuard guard_;
  TrainingJobs jobs_;
  PageCalls calls_;
  int port_ = 0;
  std::unique_ptr<httplib::Server> http_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_WEB_SERVER_H_

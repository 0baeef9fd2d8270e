#include "client/web/web_server.h"

#include <utility>

#include <sys/socket.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

// A picture in work holds one; a browser opens six connections.
constexpr int kThreads = 12;
// Of a connection that says nothing.
constexpr int kReadSeconds = 15;

}  // namespace

WebServer::WebServer(const WebServerOptions& options, Client client, PageFiles files, Clock* clock)
    : page_(options, std::move(client), std::move(files), clock) {}

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const WebServerOptions& options, Client client,
                                                            PageFiles files, Clock* clock) {
  std::unique_ptr<WebServer> server(new WebServer(options, std::move(client), std::move(files), clock));
  if (absl::Status listening = server->Listen(options); !listening.ok()) return listening;
  server->Serve();
  return server;
}

absl::Status WebServer::Listen(const WebServerOptions& options) {
  if (options.certificate.empty()) {
    http_ = std::make_unique<httplib::Server>();
  } else {
    http_ = std::make_unique<httplib::SSLServer>(options.certificate.c_str(), options.key.c_str());
    if (!http_->is_valid()) {
      return absl::InvalidArgumentError(absl::StrCat(options.certificate, " and ", options.key,
                                                     " are not a certificate and its key (PEM)"));
    }
  }
  // The library's own choice would let two servers share a port.
  http_->set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  if (options.port == 0) {
    port_ = http_->bind_to_any_port(options.host);
  } else {
    port_ = http_->bind_to_port(options.host, options.port) ? options.port : -1;
  }
  if (port_ > 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", options.host, ":", options.port,
                   "; another program may (--listen HOST:PORT takes another port)"));
}

void WebServer::Serve() {
  http_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http_->set_keep_alive_max_count(1);
  http_->set_tcp_nodelay(true);
  http_->set_read_timeout(kReadSeconds);
  http_->set_write_timeout(kReadSeconds);
  page_.AddTo(http_.get());
  thread_ = std::thread([this] {
    http_->listen_after_bind();
    ended_ = true;
  });
}

WebServer::~WebServer() {
  if (!thread_.joinable()) return;
  // Before it runs there is nothing that could be told to stop.
  while (!http_->is_running() && !ended_) std::this_thread::yield();
  // Pictures that wait for room in a training do so no longer.
  page_.StopTrainings();
  http_->stop();
  thread_.join();
}

}  // namespace mlfsc::client

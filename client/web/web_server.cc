#include "client/web/web_server.h"

#include <exception>
#include <utility>

#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "client/web/answers.h"

namespace mlfsc::client {
namespace {

// A picture in work holds one; a browser opens six connections.
constexpr int kThreads = 12;
// Of a connection that says nothing.
constexpr int kReadSeconds = 15;

// The page needs nothing from elsewhere and belongs in nobody's frame.
const httplib::Headers& SafeHeaders() {
  static const auto& headers = *new httplib::Headers{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
      // Pictures of a product are nobody else's; the page's token changes with every start.
      {"Cache-Control", "no-store"}};
  return headers;
}

RequestHead HeadOf(const httplib::Request& request) {
  RequestHead head;
  head.path = request.path;
  for (size_t i = 0; i < request.get_header_value_count("Host"); ++i) {
    head.hosts.push_back(request.get_header_value("Host", i));
  }
  head.origin = request.get_header_value("Origin");
  head.sec_fetch_site = request.get_header_value("Sec-Fetch-Site");
  head.page_token = request.get_header_value("X-Mlfsc-Page");
  head.authorization = request.get_header_value("Authorization");
  head.transfer_encoding = request.get_header_value("Transfer-Encoding");
  head.content_encoding = request.get_header_value("Content-Encoding");
  return head;
}

}  // namespace

WebServer::WebServer(const WebServerOptions& options, Client client, PageFiles files, Clock* clock)
    : files_(std::move(files)),
      guard_(options.guard),
      jobs_(client, clock, options.trainings),
      calls_(client, &jobs_, {options.server, options.max_picture_bytes}) {}

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const WebServerOptions& options, Client client,
                                                            PageFiles files, Clock* clock) {
  std::unique_ptr<WebServer> server(new WebServer(options, std::move(client), std::move(files), clock));
  if (absl::Status listening = server->Listen(options); !listening.ok()) return listening;
  server->Serve(options);
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

void WebServer::Serve(const WebServerOptions& options) {
  http_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http_->set_keep_alive_max_count(1);
  http_->set_tcp_nodelay(true);
  http_->set_read_timeout(kReadSeconds);
  http_->set_write_timeout(kReadSeconds);
  http_->set_payload_max_length(options.max_picture_bytes);
  http_->set_default_headers(SafeHeaders());
  http_->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    const std::optional<Refusal> refusal = guard_.Check(HeadOf(request));
    if (!refusal.has_value()) return httplib::Server::HandlerResponse::Unhandled;
    AnswerError(refusal->http_status, refusal->code, refusal->message, &response);
    return httplib::Server::HandlerResponse::Handled;
  });
  http_->set_error_handler(
      [limit = options.max_picture_bytes](const httplib::Request& request, httplib::Response& response) {
        if (!response.body.empty()) return;
        const int status = response.status;
        if (status == 413) {
          const bool file = request.path == "/api/import";
          return AnswerError(
              status, "REFUSED",
              absl::StrCat(file ? "a file" : "a picture", " may have ", limit >> 20, " MiB (--max-picture)",
                           file ? "; `mlfsc import` takes larger ones" : ""),
              &response);
        }
        AnswerError(status, "REFUSED", absl::StrCat("nothing is at ", request.method, " ", request.path),
                    &response);
      });
  http_->set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr thrown) {
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
          AnswerError(500, "INTERNAL", error.what(), &response);
        } catch (...) {
          AnswerError(500, "INTERNAL", "unknown exception", &response);
        }
      });
  calls_.AddTo(http_.get());
  http_->Get(R"(/[A-Za-z0-9._-]{0,64})", [this](const httplib::Request& request,
                                                httplib::Response& response) {
    const auto file = files_.find(request.path);
    if (file == files_.end()) {
      return AnswerError(404, "NOT_FOUND", absl::StrCat(request.path, " is no part of the page"), &response);
    }
    response.set_content(file->second.content, file->second.content_type);
  });
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
  jobs_.StopAll();
  http_->stop();
  thread_.join();
}

}  // namespace mlfsc::client

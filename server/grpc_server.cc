#include "server/grpc_server.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mlfsc {
namespace {

// What gRPC holds of calls, half read or half sent, is at most as much as this many of the largest messages; beyond it, it
// reads no more and takes no connection.
constexpr size_t kMessagesInTransit = 16;

// Clients may ask as often as this.
constexpr int kLeastClientPingMs = 10'000;
// When all calls have ended: for the refusal of those that were on their way.
constexpr std::chrono::seconds kLastRefusals{1};

int ToMs(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

// Why `listen` cannot be bound: gRPC itself does not tell.
std::string WhyNot(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  absl::string_view host = absl::string_view(listen).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(std::string(host).c_str(), listen.c_str() + colon + 1, &hints, &found);
  if (error != 0) return gai_strerror(error);
  std::string why = "no reason given";
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    const int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0) {
      why = std::generic_category().message(errno);
      continue;
    }
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || ::listen(fd, 1) != 0) {
      why = std::generic_category().message(errno);
    }
    close(fd);
  }
  freeaddrinfo(found);
  return why;
}

// Why the Unix socket `path` cannot be had.
std::string WhyNotLocal(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::StrCat("its path has ", path.size(), " bytes; the limit is ", sizeof(address.sun_path) - 1);
  }
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string why = "no reason given";
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    why = std::generic_category().message(errno);
  } else {
    unlink(path.c_str());
  }
  if (fd >= 0) close(fd);
  return why;
}

absl::StatusOr<std::unique_ptr<TokenFile>> OpenTokens(const std::string& path, Clock* clock, Logger* logger) {
  if (path.empty()) return std::unique_ptr<TokenFile>();
  return TokenFile::Open(path, clock, [logger](const absl::Status& status) {
    logger->Log(LogLevel::kError, "tokens not reloaded", {{"error", std::string(status.message())}});
  });
}

// Null when no token is asked for.
absl::StatusOr<std::unique_ptr<AccessPolicy>> OpenAccess(const GrpcServerOptions& options, Clock* clock,
                                                         Logger* logger) {
  absl::StatusOr<std::unique_ptr<TokenFile>> score = OpenTokens(options.score_tokens, clock, logger);
  if (!score.ok()) return score.status();
  absl::StatusOr<std::unique_ptr<TokenFile>> change = OpenTokens(options.change_tokens, clock, logger);
  if (!change.ok()) return change.status();
  if (*score == nullptr && *change == nullptr) return std::unique_ptr<AccessPolicy>();
  return std::make_unique<AccessPolicy>(*std::move(score), *std::move(change));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                              Backend* backend, Metrics* metrics,
                                                              Clock* clock, Logger* logger) {
  absl::StatusOr<std::unique_ptr<AccessPolicy>> access = OpenAccess(options, clock, logger);
  if (!access.ok()) return access.status();
  std::unique_ptr<GrpcServer> server(
      new GrpcServer(options, *std::move(access), backend, metrics, clock, logger));
  if (const absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

GrpcServer::GrpcServer(const GrpcServerOptions& options, std::unique_ptr<AccessPolicy> access,
                       Backend* backend, Metrics* metrics, Clock* clock, Logger* logger)
    : options_(options),
      metrics_(metrics),
      clock_(clock),
      logger_(logger),
      access_(std::move(access)),
      gate_(options.calls, access_.get(), metrics, clock, logger),
      statistics_(clock),
      service_({options.input_sizes, options.train_idle_timeout, options.train_wait_limit,
                options.max_message_bytes, options.memory},
               backend, &gate_, metrics, &statistics_, clock) {}

GrpcServer::~GrpcServer() {
  if (server_ != nullptr) Drain(absl::ZeroDuration());
}

absl::Status GrpcServer::Listen() {
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials =
      MakeServerCredentials(options_.tls, clock_, [logger = logger_](const absl::Status& status) {
        logger->Log(LogLevel::kError, "certificates not reloaded",
                    {{"error", std::string(status.message())}});
      });
  if (!credentials.ok()) return credentials.status();
  credentials_ = *std::move(credentials);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  // Otherwise two servers share a port in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, ToMs(options_.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ToMs(options_.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Otherwise the third goes unasked, however long the client has been silent.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, ToMs(options_.handshake_timeout));
  if (options_.max_connection_age > absl::ZeroDuration()) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, ToMs(options_.max_connection_age));
  }
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options_.max_calls_per_connection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastClientPingMs);
  builder.SetMaxReceiveMessageSize(options_.max_message_bytes);
  builder.SetResourceQuota(grpc::ResourceQuota("mlfsc-server").Resize(kMessagesInTransit * static_cast<size_t>(options_.max_message_bytes)));
  // gRPC inflates a message before it looks at its size or at a token. Pictures are compressed already.
  for (int algorithm = GRPC_COMPRESS_NONE + 1; algorithm < GRPC_COMPRESS_ALGORITHMS_COUNT; ++algorithm) {
    builder.SetCompressionAlgorithmSupportStatus(static_cast<grpc_compression_algorithm>(algorithm), false);
  }
  // A float32 map of the largest picture is larger than any limit that suits requests.
  builder.SetMaxSendMessageSize(-1);
  builder.AddListeningPort(options_.listen, credentials_, &port_);
  int local = 1;
  const std::string& path = options_.local_socket;
  if (!path.empty()) builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials(), &local);
  builder.RegisterService(&service_);
  builder.RegisterService(&health_);
  // The socket's mode; there are no threads yet that write files.
  const mode_t mask = umask(0177);
  server_ = builder.BuildAndStart();
  umask(mask);
  if (server_ == nullptr && port_ != 0 && !path.empty()) {
    return absl::UnavailableError(absl::StrCat("cannot listen on the Unix socket ", path, ": ", WhyNotLocal(path)));
  }
  if (server_ == nullptr || port_ == 0) {
    server_ = nullptr;
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options_.listen, ": ", WhyNot(options_.listen)));
  }
  return absl::OkStatus();
}

void GrpcServer::OnCategory(const std::string& category, int64_t version, const absl::Status& status) {
  health_.SetCategory(category, version > 0);
  if (version == 0 && status.ok()) {
    metrics_->OnNoActiveVersion(category);
  } else {
    metrics_->OnActiveVersion(category, version);
  }
  if (!status.ok()) {
    logger_->Log(LogLevel::kWarning,
                 version > 0 ? "active version does not answer" : "category does not serve",
                 {{"category", category}, {"answers", version}, {"error", std::string(status.message())}});
  } else {
    logger_->Log(LogLevel::kDebug, "category", {{"category", category}, {"version", version}});
  }
}

void GrpcServer::OnNote(const std::string& category, int64_t version, const std::string& note) {
  logger_->Log(LogLevel::kInfo, "computed otherwise than learnt",
               {{"category", category}, {"version", version}, {"note", note}});
}

void GrpcServer::OnCategoryGone(const std::string& category) {
  health_.RemoveCategory(category);
  metrics_->OnCategoryDeleted(category);
  statistics_.Forget(category);
  logger_->Log(LogLevel::kDebug, "category gone", {{"category", category}});
}

void GrpcServer::OnStore(const absl::Status& status) {
  if (status.ok()) {
    logger_->Log(LogLevel::kInfo, "store readable again", {});
  } else {
    logger_->Log(LogLevel::kError, "store not readable", {{"error", std::string(status.message())}});
  }
}

void GrpcServer::Open() {
  gate_.Open();
  health_.SetServing();
}

void GrpcServer::Drain(absl::Duration timeout, const std::function<void()>& give_up) {
  health_.Shutdown();
  gate_.Close();
  const bool idle = gate_.WaitUntilIdle(timeout);
  give_up();
  // What is left are calls that took too long, and clients that watch the health for as long as it lasts.
  server_->Shutdown(std::chrono::system_clock::now() + (idle ? kLastRefusals : std::chrono::seconds::zero()));
  server_->Wait();
}

}  // namespace mlfsc

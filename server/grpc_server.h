// The gRPC side of the server: port, service, health, reflection; its beginning and its end.
#ifndef MLFSC_SERVER_GRPC_SERVER_H_
#define MLFSC_SERVER_GRPC_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/server.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/serving/catalog_observer.h"
#include "core/serving/traffic_statistics.h"
#include "server/access/access_policy.h"
#include "server/access/credentials.h"
#include "server/backend.h"
#include "server/call.h"
#include "server/health.h"
#include "server/logger.h"
#include "server/metrics/metrics.h"
#include "server/service.h"

namespace mlfsc {

struct GrpcServerOptions {
  // HOST:PORT; port 0 takes a free one.
  std::string listen = "127.0.0.1:50051";
  // Also a Unix socket, for this user alone (mode 0600) and without TLS; empty: none. What asks for a token asks here, too.
  std::string local_socket;
  // Without them there is no TLS.
  TlsOptions tls;
  // Files of tokens that may score, and that may also change categories; both empty: no token is asked for.
  std::string score_tokens;
  std::string change_tokens;
  CallGate::Options calls;
  // Of a received message; a larger one is answered with RESOURCE_EXHAUSTED by gRPC itself.
  int max_message_bytes = 33 << 20;
  // Pixels a side that a training may ask for.
  std::vector<int> input_sizes = {256, 512};
  // How long a training waits for its client's next message, and for its client to take the result.
  absl::Duration train_idle_timeout = absl::Minutes(2);
  // How long it waits for its client's messages, all together.
  absl::Duration train_wait_limit = absl::Hours(1);
  // A connection that was silent for the first is asked whether its client is still there, and closed when
  // there is no answer for the second: its calls are cancelled.
  absl::Duration keepalive_interval = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // How long a new connection may take for its TLS handshake and its HTTP/2 settings, before it is closed.
  absl::Duration handshake_timeout = absl::Seconds(20);
  // After about this long a connection is closed in order: its calls end as they would have, and the client
  // looks anew for servers. 0 = never.
  absl::Duration max_connection_age = absl::ZeroDuration();
  // Calls of one connection under way at once; HTTP/2 lets more wait at the client.
  int max_calls_per_connection = 1000;
  // What imports and exports are charged to; outlives the server. Null for no limit.
  MemoryBudget* memory = nullptr;
};

// Thread-safe. The destructor cancels what still runs.
class GrpcServer : public CatalogObserver {
 public:
  // Listens at once, but refuses calls (Unavailable; health says not serving) until Open. InvalidArgument or
  // NotFound for files that cannot be used; Unavailable when the port cannot be had: the message says why.
  // The pointers outlive the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options, Backend* backend,
                                                           Metrics* metrics, Clock* clock, Logger* logger);
  ~GrpcServer() override;

  // Serves from now on.
  void Open();

  // CatalogObserver: health, metrics and the log follow the categories.
  void OnCategory(const std::string& category, int64_t version, const absl::Status& status) override;
  void OnNote(const std::string& category, int64_t version, const std::string& note) override;
  void OnCategoryGone(const std::string& category) override;
  void OnStore(const absl::Status& status) override;

  // Health says not serving and new calls are refused; waits for those inside, at most `timeout`, then
  // cancels them, after a call of `give_up`, which ends what they wait for. Returns when the last has ended.
  void Drain(absl::Duration timeout, const std::function<void()>& give_up = [] {});

  // The bound one.
  int port() const { return port_; }

 private:
  GrpcServer(const GrpcServerOptions& options, std::unique_ptr<AccessPolicy> access, Backend* backend,
             Metrics* metrics, Clock* clock, Logger* logger);
  absl::Status Listen();

  const GrpcServerOptions options_;
  Metrics* const metrics_;
  Clock* const clock_;
  Logger* const logger_;
  // Null when no token is asked for.
  const std::unique_ptr<AccessPolicy> access_;
  CallGate gate_;
  TrafficStatistics statistics_;
  Service service_;
  int port_ = 0;
  // Outlives the server.
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  Health health_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_GRPC_SERVER_H_

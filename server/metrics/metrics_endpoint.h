// The /metrics page that Prometheus reads.
#ifndef MLFSC_SERVER_METRICS_METRICS_ENDPOINT_H_
#define MLFSC_SERVER_METRICS_METRICS_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <prometheus/exposer.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/metrics/metrics.h"
#include "server/metrics/process_metrics.h"

namespace mlfsc {

// Serves until it is destroyed, on threads of its own.
class MetricsEndpoint {
 public:
  // `address`: HOST:PORT; port 0 takes a free one. `metrics` outlives the endpoint; `torch_memory`: as
  // ProcessMetrics takes it. `patience`: how long a client may take for its request and for taking the page;
  // there are two threads, and one that has vanished holds one for so long. Unavailable, naming the address,
  // when it cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(
      const std::string& address, const Metrics& metrics, std::function<TorchMemory()> torch_memory = nullptr,
      absl::Duration patience = absl::Seconds(2));

  int port() const { return exposer_->GetListeningPorts().front(); }

 private:
  explicit MetricsEndpoint(std::function<TorchMemory()> torch_memory)
      : process_(std::make_shared<ProcessMetrics>(std::move(torch_memory))) {}

  // The exposer holds what it collects from weakly.
  const std::shared_ptr<ProcessMetrics> process_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_METRICS_METRICS_ENDPOINT_H_

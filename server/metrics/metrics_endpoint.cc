#include "server/metrics/metrics_endpoint.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    const std::string& address, const Metrics& metrics, std::function<TorchMemory()> torch_memory,
    absl::Duration patience) {
  auto endpoint = std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(torch_memory)));
  try {
    // civetweb's options, and how they are written.
    endpoint->exposer_ = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", address, "num_threads", "2", "request_timeout_ms",
                                 absl::StrCat(absl::ToInt64Milliseconds(patience))});
  } catch (const std::exception&) {
    // civetweb's own words say only that the context is null.
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": the address is in use or not this machine's"));
  }
  endpoint->exposer_->RegisterCollectable(metrics.registry());
  endpoint->exposer_->RegisterCollectable(endpoint->process_);
  return endpoint;
}

}  // namespace mlfsc

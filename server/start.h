// What a server tells when it begins: which categories can answer, where it listens, what it runs on.
#ifndef MLFSC_SERVER_START_H_
#define MLFSC_SERVER_START_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/bundle/bundle_store.h"
#include "core/features/feature_extractor.h"
#include "server/logger.h"
#include "server/metrics/metrics.h"
#include "server/metrics/metrics_endpoint.h"
#include "server/options.h"

namespace mlfsc {

// Opens the folder of bundles. Besides what BundleStore::Open finds: PermissionDenied for a folder that
// cannot be written, unless it is only to be read.
absl::StatusOr<std::unique_ptr<BundleStore>> OpenStore(const std::string& folder,
                                                       const StoreOptions& options);

// The metrics' page at HOST:PORT (MetricsEndpoint::Start); null when `address` is empty. Unavailable when it
// cannot be had.
absl::StatusOr<std::unique_ptr<MetricsEndpoint>> StartMetrics(const std::string& address,
                                                              const Metrics& metrics,
                                                              std::function<TorchMemory()> torch_memory);

// `port` and a line break, to a file that others see whole or not at all. Nothing when `path` is empty.
absl::Status WritePortFile(const std::string& path, int port);

// The line "serving": addresses, device, threads, instruction set, backbone, how many categories can answer.
// `metrics`: null when there is no such page; `decoders`: processes that decode; `categories`: that answer.
void LogStart(const ServerOptions& options, int port, const MetricsEndpoint* metrics,
              const FeatureExtractor& extractor, int decoders, int64_t memory_budget, int categories, Logger* logger);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_START_H_

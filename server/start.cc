#include "server/start.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <utility>

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/base/error_text.h"
#include "core/coding/instruction_set.h"
#include "server/version.h"

namespace mlfsc {
namespace {

// HOST:PORT with the port that was bound.
std::string WithPort(const std::string& address, int port) {
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BundleStore>> OpenStore(const std::string& folder,
                                                       const StoreOptions& options) {
  absl::StatusOr<std::unique_ptr<BundleStore>> store = BundleStore::Open(folder, options);
  if (store.ok() && !options.read_only && access(folder.c_str(), W_OK | X_OK) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("store ", folder,
                                                    " cannot be written: ", ErrorText(errno),
                                                    "; with --store_readonly it is served as it is"));
  }
  return store;
}

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> StartMetrics(const std::string& address,
                                                              const Metrics& metrics,
                                                              std::function<TorchMemory()> torch_memory) {
  if (address.empty()) return std::unique_ptr<MetricsEndpoint>();
  return MetricsEndpoint::Start(address, metrics, std::move(torch_memory));
}

absl::Status WritePortFile(const std::string& path, int port) {
  if (path.empty()) return absl::OkStatus();
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary);
  file << port << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("cannot write port file ", path, ": ", ErrorText(errno)));
  }
  return absl::OkStatus();
}

void LogStart(const ServerOptions& options, int port, const MetricsEndpoint* metrics,
              const FeatureExtractor& extractor, int decoders, int64_t memory_budget, int categories,
              Logger* logger) {
  logger->Log(LogLevel::kInfo, "serving",
              {{"address", WithPort(options.grpc.listen, port)},
               {"metrics", metrics == nullptr ? "none" : WithPort(options.metrics, metrics->port())},
               {"version", kVersion},
               {"device", extractor.description()},
               {"instruction_set", InstructionSet()},
               {"backbone", options.backbone},
               {"backbone_sha256", extractor.backbone_sha256()},
               {"decoder_processes", int64_t{decoders}},
               {"memory_budget", memory_budget},
               {"store", options.store},
               {"categories", static_cast<int64_t>(categories)}});
}

}  // namespace mlfsc

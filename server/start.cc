#include "server/start.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include <hwy/targets.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "server/version.h"

namespace mlfsc {
namespace {

void WarnOf(const std::string& category, const absl::Status& status, Logger* logger) {
  logger->Log(LogLevel::kWarning, "category does not serve",
              {{"category", category}, {"error", std::string(status.message())}});
}

// HOST:PORT with the port that was bound.
std::string WithPort(const std::string& address, int port) {
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BundleStore>> OpenStore(const std::string& folder, bool read_only) {
  StoreOptions options;
  options.read_only = read_only;
  absl::StatusOr<std::unique_ptr<BundleStore>> store = BundleStore::Open(folder, options);
  if (store.ok() && !read_only && access(folder.c_str(), W_OK | X_OK) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("store ", folder, " cannot be written: ", strerror(errno),
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

absl::StatusOr<std::map<std::string, int64_t>> LoadCategories(Catalog* catalog, Logger* logger) {
  const std::map<std::string, absl::Status> damaged = catalog->LoadActive();
  for (const auto& [category, status] : damaged) WarnOf(category, status, logger);
  const absl::StatusOr<std::vector<CategoryListing>> listings = catalog->List();
  if (!listings.ok()) return listings.status();
  std::map<std::string, int64_t> serving;
  for (const CategoryListing& listing : *listings) {
    if (!listing.status.ok()) WarnOf(listing.category, listing.status, logger);
    if (listing.active_version == 0) continue;
    serving[listing.category] = damaged.count(listing.category) == 0 ? listing.active_version : 0;
  }
  return serving;
}

absl::Status WritePortFile(const std::string& path, int port) {
  if (path.empty()) return absl::OkStatus();
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary);
  file << port << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("cannot write port file ", path, ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

void LogStart(const ServerOptions& options, int port, const MetricsEndpoint* metrics,
              const FeatureExtractor& extractor, const std::map<std::string, int64_t>& categories,
              Logger* logger) {
  const auto serving = std::count_if(categories.begin(), categories.end(),
                                     [](const auto& category) { return category.second > 0; });
  logger->Log(LogLevel::kInfo, "serving",
              {{"address", WithPort(options.grpc.listen, port)},
               {"metrics", metrics == nullptr ? "none" : WithPort(options.metrics, metrics->port())},
               {"version", kVersion},
               {"device", extractor.description()},
               {"instruction_set", hwy::TargetName(hwy::SupportedTargets() & -hwy::SupportedTargets())},
               {"backbone", options.backbone},
               {"backbone_sha256", extractor.backbone_sha256()},
               {"store", options.store},
               {"categories", static_cast<int64_t>(serving)}});
}

}  // namespace mlfsc

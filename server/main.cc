// mlfsc-server: reads options, builds the parts, wires them, waits for a signal.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <opencv2/core/utility.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/bundle/bundle_store.h"
#include "core/coding/residual_coder.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/training_run.h"
#include "models/torch_residual_coder.h"
#include "models/vgg16.h"
#include "server/backend.h"
#include "server/grpc_server.h"
#include "server/logger.h"
#include "server/metrics/metrics.h"
#include "server/metrics/metrics_endpoint.h"
#include "server/options.h"
#include "server/signals.h"
#include "server/start.h"
#include "server/version.h"
#include "server/warm_up.h"

extern "C" void openblas_set_num_threads(int threads);

namespace mlfsc {
namespace {

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// The pools of the libraries would take turns with our own threads.
void OneThreadEach() {
  cv::setNumThreads(1);
  openblas_set_num_threads(1);
}

absl::Status Serve(const ServerOptions& options, Signals* signals) {
  const std::unique_ptr<Logger> logger = Logger::ToStderr(options.log_format, options.log_level);
  logger->AdoptDefault();
  Clock* const clock = Clock::Real();

  const absl::StatusOr<std::unique_ptr<BundleStore>> store = OpenStore(options.store, options.store_readonly);
  if (!store.ok()) return store.status();
  const absl::StatusOr<std::unique_ptr<FeatureExtractor>> extractor =
      MakeVgg16({options.backbone, options.device, options.threads});
  if (!extractor.ok()) return extractor.status();

  CatalogOptions catalog_options = options.catalog;
  absl::StatusOr<ResidualCoderFactory> coders = CodersFor(options.device);
  if (!coders.ok()) return coders.status();
  catalog_options.make_coder = *std::move(coders);

  Metrics metrics({kVersion, (*extractor)->description(), (*extractor)->backbone_sha256()});
  Catalog catalog(store->get(), (*extractor)->backbone_sha256(), clock, catalog_options);
  FeatureStage features(options.features, extractor->get(), clock, /*on_thread_start=*/nullptr, &metrics);
  Inspector inspector(options.inspector, &catalog, &features, clock, &metrics);
  TrainingDesk trainings(options.training, &catalog, &features, clock, kVersion);
  CoreBackend backend(&catalog, &inspector, &trainings);
  const absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(options.grpc, &backend, &metrics, clock, logger.get());
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::unique_ptr<MetricsEndpoint>> page = StartMetrics(options.metrics, metrics);
  if (!page.ok()) return page.status();

  if (const absl::Status status = WarmUp(options.grpc.input_sizes, options.features, &features);
      !status.ok()) {
    return status;
  }
  const absl::StatusOr<std::map<std::string, int64_t>> categories = LoadCategories(&catalog, logger.get());
  if (!categories.ok()) return categories.status();
  (*server)->Open(*categories);
  if (const absl::Status status = WritePortFile(options.port_file, (*server)->port()); !status.ok()) {
    return status;
  }
  LogStart(options, (*server)->port(), page->get(), **extractor, categories->size(), logger.get());

  signals->Wait();
  logger->Log(LogLevel::kInfo, "draining", {{"timeout", absl::FormatDuration(options.drain_timeout)}});
  (*server)->Drain(options.drain_timeout);
  logger->Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

int Fail(const absl::Status& status) {
  std::cerr << "mlfsc-server: " << status.message() << std::endl;
  return EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  // gRPC's own lines would stand beside the one that says what is wrong.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
  OneThreadEach();
  Signals signals;
  absl::StatusOr<CommandLine> line = ParseCommandLine({argv + 1, argv + argc}, Environment);
  if (!line.ok()) return Fail(line.status());
  if (line->print.has_value()) {
    std::cout << *line->print;
    return EXIT_SUCCESS;
  }
  if (line->options.backbone.empty()) {
    std::error_code error;
    line->options.backbone = FindBackbone(std::filesystem::read_symlink("/proc/self/exe", error).string());
  }
  const absl::Status status = Serve(line->options, &signals);
  return status.ok() ? EXIT_SUCCESS : Fail(status);
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Main(argc, argv); }

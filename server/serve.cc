#include "server/serve.h"

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/store_watcher.h"
#include "core/serving/training_run.h"
#include "server/backend.h"
#include "server/decoders.h"
#include "server/grpc_server.h"
#include "server/heaps.h"
#include "server/last_resort.h"
#include "server/metrics/metrics.h"
#include "server/metrics/metrics_endpoint.h"
#include "server/start.h"
#include "server/version.h"
#include "server/warm_up.h"

namespace mlfsc {
namespace {

// How often what is free goes back to the system.
constexpr absl::Duration kHeapsTrimmed = absl::Seconds(5);
// For what is left when all calls have ended.
constexpr absl::Duration kOrderlyEnd = absl::Seconds(15);

}  // namespace

absl::Status Serve(const ServerOptions& options, const Engine& engine, Signals* signals, Logger* logger) {
  Clock* const clock = Clock::Real();
  LastResort last_resort(logger);
  const absl::StatusOr<std::unique_ptr<BundleStore>> store = OpenStore(options.store, options.store_options);
  if (!store.ok()) return store.status();
  FeatureExtractor* const extractor = engine.extractor;
  CatalogOptions catalog_options = options.catalog;
  catalog_options.make_coder = engine.make_coder;

  Metrics metrics({kVersion, extractor->description(), extractor->backbone_sha256()});
  Catalog catalog(store->get(), extractor->backbone_sha256(), clock, catalog_options);
  WarmUp warm_up(options.grpc.input_sizes, options.features.max_batch, extractor);
  const absl::StatusOr<std::unique_ptr<Decoders>> decoders = Decoders::Start(options, &metrics, logger);
  if (!decoders.ok()) return decoders.status();
  FeatureStage features(
      options.features, extractor, clock, [&warm_up] { warm_up.Run(); }, &metrics);
  InspectorOptions inspector_options = options.inspector;
  inspector_options.decoder = (*decoders)->scoring();
  TrainingLimits training_limits = options.training;
  training_limits.decoder = (*decoders)->training();
  Inspector inspector(inspector_options, &catalog, &features, clock, &metrics);
  TrainingDesk trainings(training_limits, &catalog, &features, clock, kVersion);
  CoreBackend backend(&catalog, &inspector, &trainings);
  const absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(options.grpc, &backend, &metrics, clock, logger);
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::unique_ptr<MetricsEndpoint>> page =
      StartMetrics(options.metrics, metrics, engine.torch_memory);
  if (!page.ok()) return page.status();

  if (const absl::Status status = warm_up.Finish(&features); !status.ok()) return status;
  StoreWatcher watcher(options.store_watcher, &catalog, server->get(), clock);
  if (const absl::Status status = watcher.Start(); !status.ok()) return status;
  const HeapTrimmer trimmer(kHeapsTrimmed, clock);
  (*server)->Open();
  if (const absl::Status status = WritePortFile(options.port_file, (*server)->port()); !status.ok()) {
    return status;
  }
  LogStart(options, (*server)->port(), page->get(), *extractor, (*decoders)->processes(), catalog.serving(),
           logger);

  signals->Wait();
  last_resort.Arm(options.drain_timeout + kOrderlyEnd);
  logger->Log(LogLevel::kInfo, "draining", {{"timeout", absl::FormatDuration(options.drain_timeout)}});
  (*server)->Drain(options.drain_timeout, [&store] { (*store)->StopWaiting(); });
  (*decoders)->Shutdown();
  logger->Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

}  // namespace mlfsc

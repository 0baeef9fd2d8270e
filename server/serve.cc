#include "server/serve.h"

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/store_watcher.h"
#include "core/serving/training_run.h"
#include "core/training/spool_place.h"
#include "server/backend.h"
#include "server/decoders.h"
#include "server/grpc_server.h"
#include "server/heaps.h"
#include "server/machine_memory.h"
#include "server/metrics/metrics.h"
#include "server/metrics/metrics_endpoint.h"
#include "server/start.h"
#include "server/version.h"
#include "server/warm_up.h"

namespace mlfsc {
namespace {

// After the drain timeout calls are cancelled, and what they ran ends within a moment. What does not by then,
// as a disk that hangs, ends with the process, whose memory takes its time to go.
constexpr absl::Duration kLastMoments = absl::Milliseconds(1200);
// Before calls are let in nobody waits for anything: a start that is broken off is not waited for.
constexpr absl::Duration kBrokenStart = absl::Milliseconds(200);

// How often what is free goes back to the system.
constexpr absl::Duration kHeapsTrimmed = absl::Seconds(5);

// Bounds the end of the process for as long as the object is there.
class LimitedEnd {
 public:
  // While it starts.
  LimitedEnd(Signals* signals, Logger* logger) : signals_(signals), logger_(logger) {
    Set(kBrokenStart, "ended while it was starting");
  }
  // Once it serves.
  void Serving(absl::Duration drain_timeout) {
    Set(drain_timeout + kLastMoments, "ended before all work had: it went on after it was cancelled");
  }
  ~LimitedEnd() { signals_->EndWithin(absl::InfiniteDuration(), nullptr); }
  LimitedEnd(const LimitedEnd&) = delete;
  LimitedEnd& operator=(const LimitedEnd&) = delete;

 private:
  void Set(absl::Duration limit, const char* words) {
    signals_->EndWithin(limit, [logger = logger_, words] { logger->Log(LogLevel::kWarning, words, {}); });
  }

  Signals* const signals_;
  Logger* const logger_;
};

}  // namespace

absl::Status Serve(const ServerOptions& options, const Engine& engine, Signals* signals, Logger* logger) {
  LimitedEnd limited_end(signals, logger);
  Clock* const clock = Clock::Real();
  const absl::StatusOr<std::unique_ptr<BundleStore>> store = OpenStore(options.store, options.store_options);
  if (!store.ok()) return store.status();
  FeatureExtractor* const extractor = engine.extractor;
  CatalogOptions catalog_options = options.catalog;
  catalog_options.make_coder = engine.make_coder;
  catalog_options.arithmetic = extractor->arithmetic();

  Metrics metrics({kVersion, extractor->description(), extractor->backbone_sha256()});
  MemoryBudget memory(options.memory_budget.value_or(DefaultMemoryBudget(ReadMachineMemory())), clock,
                      [&metrics](int64_t used) { metrics.OnMemoryUsed(used); });
  metrics.OnMemoryLimit(memory.bytes());
  catalog_options.max_loaded_bytes = memory.bytes() / 2;
  Catalog catalog(store->get(), extractor->backbone_sha256(), clock, catalog_options);
  WarmUp warm_up(options.grpc.input_sizes, options.features.max_batch, extractor);
  const absl::StatusOr<std::unique_ptr<Decoders>> decoders = Decoders::Start(options, &metrics, logger);
  if (!decoders.ok()) return decoders.status();
  FeatureStage features(
      options.features, extractor, clock, [&warm_up] { warm_up.Run(); }, &metrics);
  InspectorOptions inspector_options = options.inspector;
  inspector_options.decoder = (*decoders)->scoring();
  inspector_options.memory = &memory;
  TrainingLimits training_limits = options.training;
  training_limits.decoder = (*decoders)->training();
  training_limits.memory = &memory;
  SpoolMeter spools([&metrics](int64_t bytes) { metrics.OnSpool(bytes); });
  training_limits.trainer.spool.meter = &spools;
  Inspector inspector(inspector_options, &catalog, &features, clock, &metrics);
  TrainingDesk trainings(training_limits, &catalog, &features, clock, kVersion);
  CoreBackend backend(&catalog, &inspector, &trainings);
  GrpcServerOptions grpc_options = options.grpc;
  grpc_options.memory = &memory;
  const absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(grpc_options, &backend, &metrics, clock, logger);
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::unique_ptr<MetricsEndpoint>> page =
      StartMetrics(options.metrics, metrics, engine.torch_memory);
  if (!page.ok()) return page.status();

  if (const absl::Status status = warm_up.Finish(&features); !status.ok()) return status;
  StoreWatcher watcher(options.store_watcher, &catalog, server->get(), clock);
  if (const absl::Status status = watcher.Start(); !status.ok()) return status;
  const HeapTrimmer trimmer(kHeapsTrimmed, clock);
  limited_end.Serving(options.drain_timeout);
  (*server)->Open();
  if (const absl::Status status = WritePortFile(options.port_file, (*server)->port()); !status.ok()) {
    return status;
  }
  LogStart(options, (*server)->port(), page->get(), *extractor, (*decoders)->processes(), memory.bytes(),
           catalog.serving(), logger);

  signals->Wait();
  logger->Log(LogLevel::kInfo, "draining", {{"timeout", absl::FormatDuration(options.drain_timeout)}});
  (*server)->Drain(options.drain_timeout, [&store] { (*store)->StopWaiting(); });
  (*decoders)->Shutdown();
  logger->Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

}  // namespace mlfsc

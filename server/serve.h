// The server between its options and its end.
#ifndef MLFSC_SERVER_SERVE_H_
#define MLFSC_SERVER_SERVE_H_

#include <functional>

#include "absl/status/status.h"
#include "core/coding/residual_coder.h"
#include "core/features/feature_extractor.h"
#include "server/logger.h"
#include "server/metrics/process_metrics.h"
#include "server/options.h"
#include "server/signals.h"

namespace mlfsc {

// What depends on the device: the only parts that are not made here, so that nothing but main needs LibTorch.
struct Engine {
  FeatureExtractor* extractor;
  // Coders for features as the extractor gives them.
  ResidualCoderFactory make_coder;
  // As ProcessMetrics takes it.
  std::function<TorchMemory()> torch_memory = nullptr;
};

// Builds the parts, wires them, warms up, serves until `signals` tells to end, and drains. Returns an error
// when it cannot begin; the message says why. The pointers outlive the call.
absl::Status Serve(const ServerOptions& options, const Engine& engine, Signals* signals, Logger* logger);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_SERVE_H_

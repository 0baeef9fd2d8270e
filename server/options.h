// Everything about the server that can be chosen: by flag, by environment, by file.
#ifndef MLFSC_SERVER_OPTIONS_H_
#define MLFSC_SERVER_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/inspector.h"
#include "core/serving/store_watcher.h"
#include "core/serving/training_run.h"
#include "server/grpc_server.h"
#include "server/logger.h"

namespace mlfsc {

struct DecoderOptions {
  // For scoring; nullopt = as many as decode_threads, 0 = the server's own threads decode.
  std::optional<int> processes;
  // Empty: the one that lies beside the program or was installed with it (FindDecoder).
  std::string program;
  // Of one picture.
  absl::Duration time_limit = absl::Seconds(10);
};

struct ServerOptions {
  GrpcServerOptions grpc;
  // HOST:PORT of the metrics' page; empty for none.
  std::string metrics;
  std::string store = "mlfsc-store";
  StoreOptions store_options;
  // Loading has as many threads as coding.
  StoreWatcherOptions store_watcher;
  // Empty: the one that lies beside the program (FindBackbone).
  std::string backbone;
  std::string device = "auto";
  // Of the forward pass; 0 = one for each core.
  int threads = 0;
  // How it is computed.
  std::string precision = "auto";
  std::string convolution = "auto";
  // As LimitInstructionSet takes it.
  std::string instruction_set = "auto";
  CatalogOptions catalog;
  FeatureStageOptions features;
  InspectorOptions inspector;
  TrainingLimits training;
  // Bytes that pictures, maps and answers may take together; nullopt = DefaultMemoryBudget.
  std::optional<int64_t> memory_budget;
  DecoderOptions decoders;
  absl::Duration drain_timeout = absl::Seconds(30);
  // Where the bound gRPC port is written once the server serves; empty for nowhere.
  std::string port_file;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
};

struct CommandLine {
  // To print instead of serving: --help, --version.
  std::optional<std::string> print;
  ServerOptions options;
};

// `arguments`: without the program's name. Flags take - and _ alike. A flag beats the environment variable
// (`MLFSC_MAX_BATCH` for --max_batch), which beats the file that --config names (lines `max_batch = 8`).
// `environment`: nullopt for a variable that is not set; TMPDIR is where trainings spool
// when no option says so. InvalidArgument with one line that names the option,
// its value and the limit.
absl::StatusOr<CommandLine> ParseCommandLine(
    const std::vector<std::string>& arguments,
    const std::function<std::optional<std::string>(const std::string& name)>& environment);

// The weights' file in models/vgg16 or share/mlfsc of the program's folder or of one above it: a source tree
// or an installation. `program`: path of the binary. Empty when there is none.
std::string FindBackbone(const std::string& program);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_OPTIONS_H_

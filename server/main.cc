// mlfsc-server: reads options, makes what depends on the device, serves until a signal.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <google/protobuf/stubs/logging.h>
#include <opencv2/core/utility.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/contained.h"
#include "core/coding/instruction_set.h"
#include "core/coding/residual_coder.h"
#include "core/features/feature_extractor.h"
#include "models/kept_blocks.h"
#include "models/torch_residual_coder.h"
#include "models/vgg16.h"
#include "server/heaps.h"
#include "server/logger.h"
#include "server/options.h"
#include "server/serve.h"
#include "server/signals.h"

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

absl::Status ServeOnDevice(const ServerOptions& options, Signals* signals) {
  const std::unique_ptr<Logger> logger = Logger::ToStderr(options.log_format, options.log_level);
  logger->AdoptDefault();
  if (const absl::Status status = LimitInstructionSet(options.instruction_set); !status.ok()) return status;
  const absl::StatusOr<std::unique_ptr<FeatureExtractor>> extractor =
      MakeVgg16({options.backbone, options.device, options.threads, options.precision, options.convolution});
  if (!extractor.ok()) return extractor.status();
  const absl::StatusOr<ResidualCoderFactory> coders = CodersFor(options.device);
  if (!coders.ok()) return coders.status();
  const auto torch_memory = [] {
    return TorchMemory{BlocksOfTorch().used_bytes(), BlocksOfTorch().kept_bytes()};
  };
  return Serve(options, {extractor->get(), *coders, torch_memory}, signals, logger.get());
}

int Fail(const absl::Status& status) {
  std::cerr << "mlfsc-server: " << status.message() << std::endl;
  return EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  BoundHeaps();
  // gRPC's own lines would stand beside the one that says what is wrong.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
  // Protobuf would print a line for every text that is not UTF-8, as often as somebody sends one.
  google::protobuf::SetLogHandler(nullptr);
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
  const absl::Status status = Contained("serving", [&] { return ServeOnDevice(line->options, &signals); });
  return status.ok() ? EXIT_SUCCESS : Fail(status);
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Main(argc, argv); }

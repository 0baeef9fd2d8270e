// mlfsc-server with a backbone that computes nothing but takes 2 to 5 milliseconds a picture; all else is the
// real server's. Takes the same options.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <opencv2/core/utility.hpp>

#include "core/coding/residual_coder.h"
#include "server/heaps.h"
#include "server/logger.h"
#include "server/options.h"
#include "server/serve.h"
#include "server/signals.h"
#include "tests/testing/stub_extractor.h"

namespace mlfsc {
namespace {

class SlowExtractor : public FeatureExtractor {
 public:
  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    std::vector<PictureFeatures> features;
    for (const InputPicture* picture : batch) {
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds_(random_)));
      features.push_back(testing::StubFeatures(options, *picture));
    }
    return features;
  }
  std::string backbone_sha256() const override { return std::string(64, 'a'); }
  std::string description() const override { return "stub of 2 to 5 ms"; }

 private:
  std::mt19937 random_{1};
  std::uniform_int_distribution<int> microseconds_{2000, 5000};
};

int Main(int argc, char** argv) {
  BoundHeaps();
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
  cv::setNumThreads(1);
  Signals signals;
  const absl::StatusOr<CommandLine> line =
      ParseCommandLine({argv + 1, argv + argc}, [](const std::string&) { return std::nullopt; });
  if (!line.ok()) {
    std::cerr << line.status().message() << std::endl;
    return EXIT_FAILURE;
  }
  const std::unique_ptr<Logger> logger = Logger::ToStderr(line->options.log_format, line->options.log_level);
  SlowExtractor extractor;
  const absl::Status status = Serve(line->options, {&extractor, MakeResidualCoder}, &signals, logger.get());
  if (!status.ok()) std::cerr << status.message() << std::endl;
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) { return mlfsc::Main(argc, argv); }

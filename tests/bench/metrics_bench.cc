// What counting costs: all that one Score reports to the metrics and the statistics, from as many threads as
// there are cores, and one reading of a page that is as long as it can become.
//   mlfsc_metrics_bench PICTURES
// Prints one JSON object: processor time.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <prometheus/text_serializer.h>

#include "core/base/clock.h"
#include "core/serving/traffic_statistics.h"
#include "server/metrics/metrics.h"
#include "server/metrics/process_metrics.h"

namespace mlfsc {
namespace {

constexpr int kScrapes = 20;

// Of the whole process, all threads.
double ProcessorSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// As call.cc, the stages and service.cc do for one picture that nobody rides with.
void CountOneScore(const std::string& category, Metrics* metrics, TrafficStatistics* statistics) {
  metrics->OnCallStarted("Score", "unary");
  for (const Stage stage : {Stage::kDecode, Stage::kFeatures, Stage::kCoding}) {
    metrics->OnQueueDepth(stage, 1);
    metrics->OnQueueDepth(stage, 0);
  }
  metrics->OnBatch(Stage::kFeatures, 1);
  for (const Stage stage :
       {Stage::kDecode, Stage::kFeatures, Stage::kQueue, Stage::kCoding, Stage::kScoring}) {
    metrics->OnStage(stage, absl::Milliseconds(20));
  }
  metrics->OnInspected(category, 0.1, Verdict::kOk, 0.09);
  statistics->Add(category, 0.1, Verdict::kOk, false);
  metrics->OnCallEnded("Score", "unary", absl::StatusCode::kOk, absl::Milliseconds(100));
}

void Run(int pictures) {
  Metrics metrics({"0", "cpu", "0"});
  TrafficStatistics statistics(Clock::Real());
  std::vector<std::string> categories;
  for (size_t i = 0; i < Metrics::kMaxCategories; ++i) {
    categories.push_back("category-" + std::to_string(i));
    CountOneScore(categories.back(), &metrics, &statistics);
    metrics.OnActiveVersion(categories.back(), 1);
  }

  const auto threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  double start = ProcessorSeconds();
  std::vector<std::thread> counting;
  for (int t = 0; t < threads; ++t) {
    counting.emplace_back([&, t] {
      for (int i = t; i < pictures; i += threads) {
        CountOneScore(categories[static_cast<size_t>(i) % categories.size()], &metrics, &statistics);
      }
    });
  }
  for (std::thread& thread : counting) thread.join();
  const double picture_seconds = (ProcessorSeconds() - start) / pictures;

  const ProcessMetrics process(nullptr);
  size_t page_bytes = 0;
  start = ProcessorSeconds();
  for (int i = 0; i < kScrapes; ++i) {
    page_bytes = prometheus::TextSerializer().Serialize(metrics.registry()->Collect()).size() +
                 prometheus::TextSerializer().Serialize(process.Collect()).size();
  }
  const double scrape_seconds = (ProcessorSeconds() - start) / kScrapes;
  std::printf("%s\n", nlohmann::json({{"threads", threads},
                                      {"picture_seconds", picture_seconds},
                                      {"scrape_seconds", scrape_seconds},
                                      {"page_bytes", page_bytes}})
                          .dump()
                          .c_str());
}

}  // namespace
}  // namespace mlfsc

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: mlfsc_metrics_bench PICTURES\n");
    return 1;
  }
  mlfsc::Run(std::atoi(argv[1]));
  return 0;
}

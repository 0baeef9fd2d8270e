// What `bench` shows.
#ifndef MLFSC_CLIENT_COMMANDS_BENCH_VIEW_H_
#define MLFSC_CLIENT_COMMANDS_BENCH_VIEW_H_

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "client/bench/load.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {

// What was asked for.
struct BenchTitle {
  std::string server;
  std::string category;
  int64_t version = 0;
  LoadOptions load;
};

// "closed loop, 4 in flight", "open loop, 20 a second at random, at most 64 in flight".
std::string Describe(const LoadOptions& load);

// The state of things while it runs: a line of numbers, then the histogram.
std::vector<std::string> LiveLines(const BenchTitle& title, const LoadResult& so_far);

// One line a bin with a bar, widest for the fullest bin.
std::vector<std::string> HistogramLines(const LatencyHistogram& latencies);

void PrintBench(const BenchTitle& title, const LoadResult& result, const Terminal& terminal);

nlohmann::ordered_json BenchJson(const BenchTitle& title, const LoadResult& result);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_BENCH_VIEW_H_

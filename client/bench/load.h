// Requests against a server at a steady pace, and what came back.
#ifndef MLFSC_CLIENT_BENCH_LOAD_H_
#define MLFSC_CLIENT_BENCH_LOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/bench/latency_histogram.h"
#include "core/base/clock.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

struct LoadOptions {
  // Requests under way at once, at most. In the closed loop always as many.
  int in_flight = 1;
  // Requests a second that arrive whether or not the earlier ones were answered: the open loop. 0: the closed
  // loop, in which an answer makes place for the next request.
  double rate = 0;
  // In the open loop: gaps like those of independent stations (exponential) instead of equal ones.
  bool random_gaps = true;
  uint64_t seed = 0;
  // What begins before this has passed is sent but not counted.
  absl::Duration warm_up;
  // No request begins later than this after the warm-up.
  absl::Duration duration = absl::Seconds(10);
  // Ends it earlier; 0 = by time alone. Those of the warm-up do not count.
  int64_t requests = 0;
};

// Sums of milliseconds; divide by the number of answers.
struct LoadResult {
  // From the moment a request was due: in the open loop a server that falls behind shows all of the delay,
  // not only that of the requests it let through (coordinated omission).
  LatencyHistogram latencies;
  v1::StageTimes stage_sums;
  // Answers by verdict.
  std::map<v1::Verdict, int64_t> verdicts;
  // Requests that failed, by the code's name; they are not among the latencies.
  std::map<std::string, int64_t> errors;
  // What one of them said.
  std::string first_error;
  // In the open loop: requests that had to wait for one of `in_flight` to come back before they were sent.
  int64_t late = 0;
  // Of the counted part so far, and since the warm-up began.
  absl::Duration counted_time;
  absl::Duration whole_time;

  int64_t failed() const;
  int64_t requests() const { return latencies.count() + failed(); }
  // Answers a second.
  double throughput() const;
};

// Sends the n-th request, from 0; called from several threads.
using SendRequest = std::function<absl::StatusOr<v1::Inspection>(int64_t n)>;

struct LoadWatch {
  // Called on the calling thread every `every` with what there is so far; none for no calls.
  std::function<void(const LoadResult&)> on_tick;
  absl::Duration every = absl::Milliseconds(200);
  // Asked before each request; true ends it. Called from several threads.
  std::function<bool()> stopped;
};

// Returns when the last answer is there. `clock` outlives it.
LoadResult RunLoad(const LoadOptions& options, Clock* clock, const SendRequest& send, const LoadWatch& watch);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_BENCH_LOAD_H_

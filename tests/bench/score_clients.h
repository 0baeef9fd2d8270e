// Clients that send pictures to be scored: as many as there are, or at a rate.
#ifndef MLFSC_TESTS_BENCH_SCORE_CLIENTS_H_
#define MLFSC_TESTS_BENCH_SCORE_CLIENTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/support/status.h>

#include "absl/time/time.h"
#include "mlfsc/v1/inspection.grpc.pb.h"

namespace mlfsc {

// What came of one picture. Seconds; `sent` counts from the beginning of the run.
struct ScoreAnswer {
  // When it should have been sent: waiting for a late sender counts as latency.
  double sent = 0;
  double latency = 0;
  grpc::StatusCode code = grpc::StatusCode::OK;
};

// Connections and ready requests. Sending is asynchronous: no client has a thread. Called by one thread.
class ScoreClients {
 public:
  // `clients`: each with a connection of its own.
  ScoreClients(int port, int clients, const std::string& category, const std::vector<v1::Picture>& pictures);
  ~ScoreClients();

  // Closed loop: `at_once` clients (at most as many as there are), each of which sends its next picture when
  // it has the answer to the last, until `count` have been sent. Returns when all are answered.
  std::vector<ScoreAnswer> Closed(int at_once, int count);

  // Open loop: sends a picture after each gap (seconds) that `next_gap` gives, whatever was answered, while
  // `go_on` holds; the first `at_once` without any gap. Returns when all are answered.
  std::vector<ScoreAnswer> Open(absl::Duration deadline, int at_once, const std::function<double()>& next_gap,
                                const std::function<bool(double elapsed)>& go_on);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_BENCH_SCORE_CLIENTS_H_

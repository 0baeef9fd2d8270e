// Stations that score without a pause and compare every answer with the one they expect.
#ifndef MLFSC_TESTS_E2E_SCORING_LOAD_H_
#define MLFSC_TESTS_E2E_SCORING_LOAD_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "core/base/mutex.h"

namespace mlfsc {

struct Question {
  std::string category;
  // An encoded picture.
  std::string picture;
  double expected_score = 0;
};

// Thread-safe.
class ScoringLoad {
 public:
  struct Tally {
    // Calls that were made; each ends as one of the other three.
    int asked = 0;
    // With the expected score.
    int answered = 0;
    // With another one.
    int wrong = 0;
    // After all retries.
    int failed = 0;
    absl::Duration slowest;
    // Of the first few that were wrong or failed.
    std::vector<std::string> complaints;
  };

  // Each station has a connection of its own and goes through all questions in turn, from a different one on.
  ScoringLoad(int stations, const client::ConnectionOptions& options, std::vector<Question> questions);
  // Stops.
  ~ScoringLoad();

  // Until the load has gone on for `duration` more and `calls` more calls have ended.
  void GoOn(absl::Duration duration, int calls);

  // What is under way is finished first.
  Tally Stop();

 private:
  void Ask(int station, const client::ConnectionOptions& options);
  int Ended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return tally_.answered + tally_.wrong + tally_.failed;
  }
  void Note(const Question& question, const absl::StatusOr<v1::Inspection>& inspection, absl::Duration took);

  const std::vector<Question> questions_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Tally tally_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> stations_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_E2E_SCORING_LOAD_H_

// Requests of all kinds at once, from clients good and bad: what a server must get through without leaving
// one unanswered.
#ifndef MLFSC_TESTS_LOAD_MIXED_REQUESTS_H_
#define MLFSC_TESTS_LOAD_MIXED_REQUESTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/load/load_server.h"

namespace mlfsc::testing {

struct MixedReport {
  // By kind of request ("score", "broken", ...) and by what came of it: a status code's name, or "gone" when
  // the client went without waiting.
  std::map<std::string, std::map<std::string, int64_t>> answers;
  int64_t sent = 0;
  // Calls with plenty of time that ended by their deadline.
  int64_t unanswered = 0;
  // Answers that do not belong to their request: another code than such a request may get, another picture's
  // score, a refusal without a hint when to come back.
  int64_t wrong = 0;
  // The first of those, in words.
  std::vector<std::string> examples;
  // Calls that the server counts as begun, and as ended.
  int64_t started = 0;
  int64_t ended = 0;
};

struct MixedOptions {
  // Under way at any time.
  int at_once = 1;
  uint64_t seed = 0;
  // Of a score to that of the same picture alone.
  double relative_tolerance = 0;
};

// Teaches `server` two categories and then sends it requests: scores and maps of files and raw pixels, broken
// pictures, unknown categories, deadlines of a few milliseconds, calls that are cancelled, connections that
// break in the midst of a request or of its answer, lists, trainings that end and that are abandoned. Each
// request's kind and picture follow from the seed and its number.
class MixedRequests {
 public:
  // Ends the program when the categories cannot be taught.
  MixedRequests(LoadServer* server, const MixedOptions& options);
  ~MixedRequests();

  // Sends the next `count` and returns when each has been answered and the server is at rest.
  void Run(int64_t count);

  // Of all runs.
  MixedReport report() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_LOAD_MIXED_REQUESTS_H_

// The real server in a process of its own, which can also do the bare work: both sides of a comparison run in
// one process, with one LibTorch, in turn.
#ifndef MLFSC_TESTS_BENCH_MEASURED_SERVER_H_
#define MLFSC_TESTS_BENCH_MEASURED_SERVER_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace mlfsc {

// The child's side: serves with the options `arguments`, as mlfsc-server does, and obeys what comes on
// standard input. `category`: whose bundle the bare work codes with. Returns the exit code.
int RunMeasuredServer(const std::vector<std::string>& arguments, const std::string& category);

// The parent's side; ends the program when the child does not do as it should. Called by one thread at a
// time.
class MeasuredServer {
 public:
  // Starts `program`, this one, with `arguments`, and waits until it serves.
  MeasuredServer(const std::string& program, const std::vector<std::string>& arguments);
  // Ends it as SIGTERM does.
  ~MeasuredServer();
  MeasuredServer(const MeasuredServer&) = delete;
  MeasuredServer& operator=(const MeasuredServer&) = delete;

  int port() const { return port_; }

  // Sizes of the batches of the forward pass since the last call.
  std::vector<int> TakeBatches();
  // Milliseconds of the bare work for each of these batches, in turn. Nothing else may be going on.
  // `score_one` sends a picture and waits for its answer: the work is done on the thread of its forward pass,
  // before it. Forgets the batches so far.
  std::vector<double> BareMs(const std::vector<int>& batches, const std::function<void()>& score_one);

  // Memory that it holds. From any thread.
  int64_t ResidentBytes() const;

 private:
  void Say(const std::string& what);
  std::string Hear();

  pid_t pid_ = 0;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  int port_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_BENCH_MEASURED_SERVER_H_

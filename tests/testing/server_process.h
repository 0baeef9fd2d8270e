// The real server binary as a child process.
#ifndef MLFSC_TESTS_TESTING_SERVER_PROCESS_H_
#define MLFSC_TESTS_TESTING_SERVER_PROCESS_H_

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "core/base/mutex.h"

namespace mlfsc::testing {

// Thread-safe. The destructor kills what still runs.
class ServerProcess {
 public:
  // Starts `binary` with `arguments` and returns at once.
  ServerProcess(const std::string& binary, const std::vector<std::string>& arguments);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Waits until the log has `text`; false when the process ended without it.
  bool AwaitLog(const std::string& text);

  pid_t pid() const { return pid_; }
  void Signal(int signal);
  // Waits for the end: the exit code, or 128 plus the signal that ended it.
  int Wait();

  // What it wrote to standard error so far; after Wait, all of it.
  std::string log();

  // Memory that it holds now (VmRSS); 0 once it has ended.
  int64_t ResidentBytes() const;

 private:
  void ReadLog(int fd);

  pid_t pid_ = 0;
  bool waited_ = false;
  Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  bool log_ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread reader_;
};

// Memory that a process holds now (VmRSS); 0 when there is none such.
int64_t ResidentBytesOf(pid_t process);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_SERVER_PROCESS_H_

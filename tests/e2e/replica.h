// One of several servers on one store, which can be killed and come back at the same port.
#ifndef MLFSC_TESTS_E2E_REPLICA_H_
#define MLFSC_TESTS_E2E_REPLICA_H_

#include <memory>
#include <string>
#include <vector>

#include "client/client.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {

// Not thread-safe.
class Replica {
 public:
  // Serves when the constructor returns; ends the test program when it does not. `arguments`: besides the
  // address.
  explicit Replica(std::vector<std::string> arguments);

  int port() const { return port_; }
  // Past nginx.
  client::Client& direct() { return direct_; }

  // SIGKILL; returns when it is gone.
  void Kill();
  // SIGTERM; returns its exit code.
  int Drain();
  // After either: the same arguments, the same port.
  void StartAgain() { Start(); }

 private:
  void Start();

  const std::vector<std::string> arguments_;
  const testing::TemporaryFolder folder_;
  int port_ = 0;
  std::unique_ptr<testing::ServerProcess> process_;
  client::Client direct_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_E2E_REPLICA_H_

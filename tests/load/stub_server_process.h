// A running mlfsc-stub-server.
#ifndef MLFSC_TESTS_LOAD_STUB_SERVER_PROCESS_H_
#define MLFSC_TESTS_LOAD_STUB_SERVER_PROCESS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::testing {

class StubServerProcess {
 public:
  // Waits until it serves, on ports of its own choice with a store of its own; ends the program when it does
  // not.
  explicit StubServerProcess(const std::vector<std::string>& more_arguments = {});

  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel() const;

  int port() const { return port_; }
  int metrics_port() const { return metrics_port_; }
  ServerProcess& process() { return process_; }
  // SIGTERM; returns the exit code.
  int Stop();

 private:
  const TemporaryFolder folder_;
  ServerProcess process_;
  int port_ = 0;
  int metrics_port_ = 0;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_LOAD_STUB_SERVER_PROCESS_H_

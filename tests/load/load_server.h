// A running server to send traffic to.
#ifndef MLFSC_TESTS_LOAD_LOAD_SERVER_H_
#define MLFSC_TESTS_LOAD_LOAD_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::testing {

// mlfsc-server with a backbone that computes nothing but takes 2 to 5 ms a picture.
std::string StubServerBinary();

class LoadServer {
 public:
  // Waits until it serves, on ports of its own choice with a store of its own; ends the program when it does
  // not.
  LoadServer(const std::string& binary, const std::vector<std::string>& more_arguments);

  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel() const;

  const std::string& store() const { return folder_.path(); }
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

#endif  // MLFSC_TESTS_LOAD_LOAD_SERVER_H_

// The real server with the real weights on a free port, and calls to it.
#ifndef MLFSC_TESTS_E2E_RUNNING_SERVER_H_
#define MLFSC_TESTS_E2E_RUNNING_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {

// A call that does not hang when the server is wrong.
struct CallContext : grpc::ClientContext {
  CallContext();
};

// Limits are small, so that tests of them are fast: messages of 1 MiB, 4096 pixels a side.
class RunningServer {
 public:
  // Waits until it serves; ends the test program when it does not.
  explicit RunningServer(const std::string& store, const std::vector<std::string>& more_arguments = {});

  testing::ServerProcess& process() { return process_; }
  v1::InspectionService::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  int port() const { return port_; }

  grpc::Status Train(const std::string& category, const v1::CategoryOptions& options,
                     const std::vector<std::string>& pictures, v1::TrainResult* result);
  grpc::Status Score(const v1::ScoreRequest& request, v1::Inspection* inspection);
  grpc::Status Score(const std::string& category, const std::string& picture, v1::Inspection* inspection);

  // SIGTERM; returns the exit code.
  int Stop();

 private:
  const testing::TemporaryFolder folder_;
  testing::ServerProcess process_;
  int port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::InspectionService::Stub> stub_;
};

// Options that are learnt quickly: VGG16 at 128 pixels, one pass.
v1::CategoryOptions QuickOptions();

// What `mlfsc-server` with `arguments` says when it cannot start, and its exit code.
struct FailedStart {
  std::string log;
  int exit_code = 0;
};
FailedStart StartAndFail(const std::vector<std::string>& arguments);

}  // namespace mlfsc

#endif  // MLFSC_TESTS_E2E_RUNNING_SERVER_H_

#include "tests/e2e/running_server.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <grpcpp/create_channel.h>

#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

std::vector<std::string> Arguments(const std::string& store, const std::string& port_file,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "--listen=127.0.0.1:0",
      "--port_file=" + port_file,
      "--store=" + store,
      "--input_sizes=128,256",
      "--max_batch=17",
      "--max_side=4096",
      "--max_message_bytes=1048576",
      "--max_training_pictures=50",
  };
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

CallContext::CallContext() { set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(10)); }

RunningServer::RunningServer(const std::string& store, const std::vector<std::string>& more_arguments)
    : process_(MLFSC_SERVER_BINARY, Arguments(store, folder_.path() + "/port", more_arguments)) {
  if (!process_.AwaitLog(" serving ")) {
    std::cerr << process_.log();
    std::abort();
  }
  port_ = std::stoi(testing::ReadFile(folder_.path() + "/port"));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_),
                                       grpc::InsecureChannelCredentials(), arguments);
  stub_ = v1::InspectionService::NewStub(channel_);
}

grpc::Status RunningServer::Train(const std::string& category, const v1::CategoryOptions& options,
                                  const std::vector<std::string>& pictures, v1::TrainResult* result) {
  CallContext context;
  const auto stream = stub_->Train(&context);
  v1::TrainRequest request;
  request.mutable_start()->set_category(category);
  *request.mutable_start()->mutable_options() = options;
  bool alive = stream->Write(request);
  for (const std::string& picture : pictures) {
    request.mutable_picture()->set_encoded(picture);
    alive = alive && stream->Write(request);
  }
  if (alive) stream->WritesDone();
  v1::TrainResponse response;
  while (stream->Read(&response)) {
    if (response.has_result()) *result = response.result();
  }
  return stream->Finish();
}

grpc::Status RunningServer::Score(const v1::ScoreRequest& request, v1::Inspection* inspection) {
  CallContext context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  *inspection = response.inspection();
  return status;
}

grpc::Status RunningServer::Score(const std::string& category, const std::string& picture,
                                  v1::Inspection* inspection) {
  v1::ScoreRequest request;
  request.set_category(category);
  request.mutable_picture()->set_encoded(picture);
  return Score(request, inspection);
}

int RunningServer::Stop() {
  process_.Signal(SIGTERM);
  return process_.Wait();
}

v1::CategoryOptions QuickOptions() {
  v1::CategoryOptions options;
  options.set_input_size(128);
  options.set_epochs(1);
  return options;
}

FailedStart StartAndFail(const std::vector<std::string>& arguments) {
  testing::ServerProcess process(MLFSC_SERVER_BINARY, arguments);
  FailedStart failed;
  failed.exit_code = process.Wait();
  failed.log = process.log();
  return failed;
}

}  // namespace mlfsc

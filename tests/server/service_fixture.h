// A server on a free port, in front of a fake backend.
#ifndef MLFSC_TESTS_SERVER_SERVICE_FIXTURE_H_
#define MLFSC_TESTS_SERVER_SERVICE_FIXTURE_H_

#include <chrono>
#include <memory>
#include <sstream>
#include <string>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "mlfsc/v1/inspection.grpc.pb.h"
#include "server/grpc_server.h"
#include "tests/testing/fake_backend.h"
#include "tests/testing/fake_clock.h"

namespace mlfsc {

class ServiceFixture : public ::testing::Test {
 protected:
  using Serving = grpc::health::v1::HealthCheckResponse;

  // A call that does not hang when the server is wrong.
  struct Context : grpc::ClientContext {
    Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60)); }
  };

  // `open`: for calls, with the category "tile" at version 1.
  void Start(GrpcServerOptions options = {}, bool open = true) {
    options.listen = "127.0.0.1:0";
    server_ = GrpcServer::Start(options, &backend_, &metrics_, &clock_, &logger_).value();
    backend_.SetObserver(server_.get());
    server_->OnCategory("tile", 1, absl::OkStatus());
    if (open) server_->Open();
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                             grpc::InsecureChannelCredentials());
    stub_ = v1::InspectionService::NewStub(channel);
    health_ = grpc::health::v1::Health::NewStub(channel);
  }

  // UNKNOWN when the server does not know the name.
  Serving::ServingStatus HealthOf(const std::string& service) {
    Context context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    Serving response;
    health_->Check(&context, request, &response);
    return response.status();
  }

  static v1::ScoreRequest SomeRequest() {
    v1::ScoreRequest request;
    request.set_category("tile");
    request.mutable_picture()->set_encoded("bytes");
    return request;
  }

  testing::FakeBackend backend_;
  testing::FakeClock clock_;
  std::ostringstream log_;
  Logger logger_{LogFormat::kText, LogLevel::kDebug, std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)};
  Metrics metrics_{BuildInfo{}};
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::InspectionService::Stub> stub_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

}  // namespace mlfsc

#endif  // MLFSC_TESTS_SERVER_SERVICE_FIXTURE_H_

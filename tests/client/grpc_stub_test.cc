#include "client/grpc_stub.h"

#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/retry.h"
#include "core/base/retry_hint.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/testing/certificates.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::Certificate;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::MakeCertificate;
using ::mlfsc::testing::StatusIs;
using ::testing::_;
using ::testing::HasSubstr;

// Answers by the category's name.
class TestService : public v1::InspectionService::Service {
 public:
  grpc::Status Score(grpc::ServerContext* context, const v1::ScoreRequest* request,
                     v1::ScoreResponse* response) override {
    const auto token = context->client_metadata().find("authorization");
    if (token != context->client_metadata().end()) {
      token_ = std::string(token->second.data(), token->second.size());
    }
    if (request->category() == "busy") {
      google::rpc::RetryInfo retry;
      retry.mutable_retry_delay()->set_seconds(2);
      google::rpc::Status details;
      details.add_details()->PackFrom(retry);
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "queue full", details.SerializeAsString());
    }
    if (request->category() == "dropped") {
      return grpc::Status(grpc::StatusCode::CANCELLED, "CANCELLED");
    }
    if (request->category() == "slow") {
      while (!context->IsCancelled()) {
      }
      return grpc::Status::CANCELLED;
    }
    // Each connection has an address of its own on both sides.
    response->mutable_inspection()->set_category(request->category() == "where" ? context->peer()
                                                                                : request->category());
    return grpc::Status::OK;
  }

  grpc::Status Heatmap(grpc::ServerContext*, const v1::HeatmapRequest*,
                       v1::HeatmapResponse* response) override {
    response->set_map(std::string(2 << 20, 'x'));
    return grpc::Status::OK;
  }

  grpc::Status Train(grpc::ServerContext* context,
                     grpc::ServerReaderWriter<v1::TrainResponse, v1::TrainRequest>* stream) override {
    v1::TrainRequest request;
    int pictures = 0;
    while (stream->Read(&request)) {
      if (request.start().category() == "dropped") return grpc::Status::CANCELLED;
      pictures += request.has_picture() ? 1 : 0;
    }
    if (context->IsCancelled()) return grpc::Status::CANCELLED;
    v1::TrainResponse response;
    response.mutable_result()->mutable_version()->set_pictures(pictures);
    stream->Write(response);
    return grpc::Status::OK;
  }

  grpc::Status ExportCategory(grpc::ServerContext*, const v1::ExportCategoryRequest*,
                              grpc::ServerWriter<v1::ExportCategoryResponse>*) override {
    return grpc::Status::CANCELLED;
  }

  const std::string& token() const { return token_; }

 private:
  std::string token_;
};

class GrpcStubTest : public ::testing::Test {
 protected:
  // A server on a free port.
  void Start(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    StartAt("127.0.0.1:0", std::move(credentials));
  }

  void StartAt(const std::string& address,
               std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    int port = 0;
    builder.AddListeningPort(address, std::move(credentials), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    options_.server = absl::StrCat("127.0.0.1:", port);
  }

  absl::StatusOr<v1::ScoreResponse> Score(const std::string& category,
                                          absl::Duration timeout = absl::Seconds(60)) {
    v1::ScoreRequest request;
    request.set_category(category);
    return MakeGrpcStub(options_)->Score(request, timeout);
  }

  TestService service_;
  std::unique_ptr<grpc::Server> server_;
  ChannelOptions options_;
};

TEST_F(GrpcStubTest, ACallGoesThereAndBack) {
  Start();
  const absl::StatusOr<v1::ScoreResponse> response = Score("cloth");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->inspection().category(), "cloth");
}

TEST_F(GrpcStubTest, CallsGoToTheServersOfANameInTurn) {
  Start();
  const std::unique_ptr<grpc::Server> first = std::move(server_);
  const std::string addresses = options_.server;
  Start();
  options_.server = absl::StrCat("ipv4:", addresses, ",", options_.server);
  const std::shared_ptr<Stub> stub = MakeGrpcStub(options_);
  v1::ScoreRequest request;
  request.set_category("where");
  // The second of them is connected to later.
  std::set<std::string> answered;
  while (answered.size() < 2) {
    const absl::StatusOr<v1::ScoreResponse> response = stub->Score(request, absl::Seconds(60));
    ASSERT_THAT(response, IsOk());
    answered.insert(response->inspection().category());
  }
  // And when one is gone, to the other.
  first->Shutdown();
  const absl::Status status =
      CallWithRetry(Retry(RetryOptions(), Clock::Real(), [] { return 0.5; }), [&](absl::Duration left) {
        return stub->Score(request, left);
      }).status();
  EXPECT_THAT(status, IsOk());
}

TEST_F(GrpcStubTest, AServerThatIsNotThereIsNamed) {
  Start();
  server_->Shutdown();
  EXPECT_THAT(Score("cloth"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options_.server)));
}

TEST_F(GrpcStubTest, AServerThatComesBackIsSeenWithinAFewCalls) {
  Start();
  const std::shared_ptr<Stub> stub = MakeGrpcStub(options_);
  v1::ScoreRequest request;
  request.set_category("cloth");
  const auto calls_until = [&](bool reached) {
    int calls = 1;
    while (stub->Score(request, absl::Seconds(60)).ok() != reached && calls < 20) ++calls;
    return calls;
  };
  EXPECT_EQ(calls_until(true), 1);
  server_->Shutdown();
  server_.reset();
  calls_until(false);
  // Let the pauses between attempts to connect grow.
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(stub->Score(request, absl::Seconds(60)).ok());
  StartAt(options_.server);
  // They grow to 1.2 s at most, five looks of 250 ms each; on a busy machine the attempt itself takes some
  // too.
  EXPECT_LE(calls_until(true), 10);
}

TEST_F(GrpcStubTest, ARetryInfoArrivesAsAHint) {
  Start();
  const absl::StatusOr<v1::ScoreResponse> response = Score("busy");
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
  EXPECT_EQ(RetryDelay(response.status()), absl::Seconds(2));
}

TEST_F(GrpcStubTest, WhatTheServerLetGoOfIsUnavailable) {
  Start();
  EXPECT_THAT(Score("dropped"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("let go")));
}

TEST_F(GrpcStubTest, AStreamThatTheServerLetGoOfIsUnavailable) {
  Start();
  const std::shared_ptr<Stub> stub = MakeGrpcStub(options_);
  const std::unique_ptr<TrainStream> stream = stub->Train();
  v1::TrainRequest request;
  request.mutable_start()->set_category("dropped");
  stream->Write(request);
  v1::TrainResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("let go")));
  EXPECT_THAT(stub->ExportCategory(
                  v1::ExportCategoryRequest(), [](const std::string&) { return absl::OkStatus(); },
                  absl::Seconds(60)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("let go")));
}

TEST_F(GrpcStubTest, TheTimeoutEndsACall) {
  Start();
  EXPECT_THAT(Score("slow", absl::Milliseconds(20)), StatusIs(absl::StatusCode::kDeadlineExceeded, _));
}

TEST_F(GrpcStubTest, AMessageOverTheLimitIsNotSent) {
  Start();
  options_.max_message_bytes = 1000;
  EXPECT_THAT(Score(std::string(1001, 'a')),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1000")));
}

TEST_F(GrpcStubTest, AnAnswerOverTheLimitIsRefusedAndNotWorthARetry) {
  Start();
  options_.max_message_bytes = 1 << 20;
  const absl::StatusOr<v1::HeatmapResponse> response =
      MakeGrpcStub(options_)->Heatmap(v1::HeatmapRequest(), absl::Seconds(60));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1048576")));
  EXPECT_EQ(RetryDelay(response.status()), std::nullopt);
}

TEST_F(GrpcStubTest, AMapLargerThanGrpcsOwnLimitArrives) {
  Start();
  options_.max_message_bytes = 16 << 20;
  EXPECT_THAT(MakeGrpcStub(options_)->Heatmap(v1::HeatmapRequest(), absl::Seconds(60)), IsOk());
}

TEST_F(GrpcStubTest, ATrainingStreamsBothWays) {
  Start();
  const std::shared_ptr<Stub> stub = MakeGrpcStub(options_);
  const std::unique_ptr<TrainStream> stream = stub->Train();
  v1::TrainRequest request;
  request.mutable_start()->set_category("cloth");
  EXPECT_TRUE(stream->Write(request));
  request.mutable_picture()->set_encoded("png");
  EXPECT_TRUE(stream->Write(request));
  stream->WritesDone();
  v1::TrainResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result().version().pictures(), 1);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(GrpcStubTest, ATrainingCanBeCancelled) {
  Start();
  const std::shared_ptr<Stub> stub = MakeGrpcStub(options_);
  const std::unique_ptr<TrainStream> stream = stub->Train();
  stream->Cancel();
  v1::TrainResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kCancelled, _));
}

TEST_F(GrpcStubTest, TheTokenGoesWithEveryCall) {
  Start();
  options_.token = "secret";
  ASSERT_THAT(Score("cloth"), IsOk());
  EXPECT_EQ(service_.token(), "Bearer secret");
}

TEST_F(GrpcStubTest, TlsTrustsTheAuthorityItIsTold) {
  const Certificate certificate = MakeCertificate("inspection");
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({certificate.key, certificate.certificate});
  Start(grpc::SslServerCredentials(tls));
  options_.tls = true;
  options_.authority = certificate.certificate;
  options_.server_name = "inspection";
  EXPECT_THAT(Score("cloth"), IsOk());
  options_.authority = MakeCertificate("inspection").certificate;
  EXPECT_THAT(Score("cloth"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options_.server)));
}

TEST_F(GrpcStubTest, HealthIsAskedOfTheServersOwnHealthService) {
  Start();
  grpc::health::v1::HealthCheckRequest request;
  const absl::StatusOr<grpc::health::v1::HealthCheckResponse> server =
      MakeGrpcStub(options_)->CheckHealth(request, absl::Seconds(60));
  ASSERT_THAT(server, IsOk());
  EXPECT_EQ(server->status(), grpc::health::v1::HealthCheckResponse::SERVING);
  request.set_service("category/none");
  EXPECT_THAT(MakeGrpcStub(options_)->CheckHealth(request, absl::Seconds(60)),
              StatusIs(absl::StatusCode::kNotFound, _));
}

TEST_F(GrpcStubTest, ACertificateIsShownToAServerThatAsksForOne) {
  const Certificate server = MakeCertificate("inspection");
  const Certificate station = MakeCertificate("station");
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_key_cert_pairs.push_back({server.key, server.certificate});
  tls.pem_root_certs = station.certificate;
  Start(grpc::SslServerCredentials(tls));
  options_.tls = true;
  options_.authority = server.certificate;
  options_.server_name = "inspection";
  EXPECT_THAT(Score("cloth"), StatusIs(absl::StatusCode::kUnavailable, _));
  options_.certificate = station.certificate;
  options_.key = station.key;
  EXPECT_THAT(Score("cloth"), IsOk());
}

}  // namespace
}  // namespace mlfsc::client

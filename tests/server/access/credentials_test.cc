#include "server/access/credentials.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/testing/certificates.h"
#include "tests/testing/collected.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::MakeCertificate;

class CredentialsTest : public ::testing::Test {
 protected:
  // Whoever reads it finds the old file or the new one.
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path + ".new", std::ios::binary) << text;
    std::filesystem::rename(path + ".new", path);
    return path;
  }

  // A server that answers every call with UNIMPLEMENTED.
  void Start(const TlsOptions& options) {
    const auto credentials =
        MakeServerCredentials(options, &clock_, [this](const absl::Status& status) { errors_.Add(status); });
    ASSERT_THAT(credentials, testing::IsOk());
    credentials_ = *credentials;
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    builder.AddListeningPort("127.0.0.1:0", *credentials, &port_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  // Whether a client that trusts `ca` and shows `own` (may be null) gets an answer.
  bool Answers(const std::string& ca, const Certificate* own) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca;
    if (own != nullptr) {
      options.pem_cert_chain = own->certificate;
      options.pem_private_key = own->key;
    }
    // By address, so that the test does not depend on how this machine resolves names.
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_),
                                                   grpc::SslCredentials(options), arguments);
    grpc::ClientContext context;
    // A handshake that fails ends the call at once.
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::Category response;
    const grpc::Status status = v1::InspectionService::NewStub(channel)->GetCategory(&context, {}, &response);
    return status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
  }

  testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::Collected<absl::Status> errors_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  v1::InspectionService::Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(CredentialsTest, AClientThatTrustsTheCertificateIsAnswered) {
  const Certificate server = MakeCertificate("localhost");
  Start({Write("cert", server.certificate), Write("key", server.key), ""});
  EXPECT_TRUE(Answers(server.certificate, nullptr));
  EXPECT_FALSE(Answers(MakeCertificate("localhost").certificate, nullptr));
}

TEST_F(CredentialsTest, WithAClientAuthorityOnlyItsCertificatesAreAnswered) {
  const Certificate server = MakeCertificate("localhost");
  const Certificate client = MakeCertificate("line-1");
  const Certificate stranger = MakeCertificate("line-1");
  Start({Write("cert", server.certificate), Write("key", server.key), Write("ca", client.certificate)});
  EXPECT_TRUE(Answers(server.certificate, &client));
  EXPECT_FALSE(Answers(server.certificate, &stranger));
  EXPECT_FALSE(Answers(server.certificate, nullptr));
}

TEST_F(CredentialsTest, CertificatesThatWereReplacedAreUsedWithoutARestart) {
  const Certificate server = MakeCertificate("localhost");
  const Certificate client = MakeCertificate("line-1");
  Start({Write("cert", server.certificate), Write("key", server.key), Write("ca", client.certificate)});
  ASSERT_TRUE(Answers(server.certificate, &client));

  const Certificate next = MakeCertificate("localhost");
  const Certificate next_client = MakeCertificate("line-1");
  Write("key", next.key);
  Write("cert", next.certificate);
  Write("ca", next_client.certificate);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Answers(next.certificate, &next_client));
  EXPECT_FALSE(Answers(next.certificate, &client));
  EXPECT_FALSE(Answers(server.certificate, &next_client));
}

TEST_F(CredentialsTest, WhenNewFilesCannotBeUsedTheOldOnesStayAndItIsToldOnce) {
  const Certificate server = MakeCertificate("localhost");
  Start({Write("cert", server.certificate), Write("key", server.key), ""});
  // As in the midst of a replacement: the key does not belong to the certificate yet.
  const Certificate next = MakeCertificate("localhost");
  Write("key", next.key);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_TRUE(Answers(server.certificate, nullptr));
  }
  EXPECT_THAT(errors_.Await(1), ::testing::ElementsAre(testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                                                         HasSubstr("does not belong to"))));
  Write("cert", next.certificate);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Answers(next.certificate, nullptr));
}

TEST_F(CredentialsTest, WhatCannotBeUsedIsNamed) {
  const Certificate one = MakeCertificate("localhost");
  const Certificate other = MakeCertificate("localhost");
  const std::string certificate = Write("cert", one.certificate);
  const std::string key = Write("key", one.key);
  const auto is_invalid = [](const std::string& why) {
    return testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(MakeServerCredentials({certificate, "", ""}, &clock_), is_invalid("only one of them"));
  EXPECT_THAT(MakeServerCredentials({"", "", certificate}, &clock_), is_invalid("no certificate and key"));
  EXPECT_THAT(MakeServerCredentials({folder_.path() + "/none", key, ""}, &clock_),
              is_invalid("none cannot be read"));
  EXPECT_THAT(MakeServerCredentials({Write("text", "hello"), key, ""}, &clock_),
              is_invalid("is not a PEM certificate"));
  EXPECT_THAT(MakeServerCredentials({certificate, Write("text", "hello"), ""}, &clock_),
              is_invalid("private key"));
  EXPECT_THAT(MakeServerCredentials({certificate, Write("other", other.key), ""}, &clock_),
              is_invalid("does not belong to"));
}

TEST_F(CredentialsTest, WithoutFilesThereIsNoTls) {
  EXPECT_THAT(MakeServerCredentials({}, &clock_), testing::IsOk());
}

}  // namespace
}  // namespace mlfsc

#include "server/access/credentials.h"

#include <chrono>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "tests/testing/certificates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::MakeCertificate;

class CredentialsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  testing::TemporaryFolder folder_;
};

// Whether a client that trusts `ca` and shows `own` (may be null) gets a connection.
bool Connects(int port, const std::string& ca, const Certificate* own) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca;
  if (own != nullptr) {
    options.pem_cert_chain = own->certificate;
    options.pem_private_key = own->key;
  }
  // By address, so that the test does not depend on how this machine resolves names.
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                 grpc::SslCredentials(options), arguments);
  // The deadline is for a handshake that fails; one that works takes milliseconds.
  return channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(2));
}

TEST_F(CredentialsTest, AClientThatTrustsTheCertificateConnects) {
  const Certificate server = MakeCertificate("localhost");
  const auto credentials =
      MakeServerCredentials({Write("cert", server.certificate), Write("key", server.key), ""});
  ASSERT_THAT(credentials, testing::IsOk());
  int port = 0;
  grpc::ServerBuilder builder;
  grpc::AsyncGenericService service;
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  builder.AddListeningPort("127.0.0.1:0", *credentials, &port);
  const auto running = builder.BuildAndStart();
  ASSERT_NE(running, nullptr);

  EXPECT_TRUE(Connects(port, server.certificate, nullptr));
  EXPECT_FALSE(Connects(port, MakeCertificate("localhost").certificate, nullptr));

  running->Shutdown();
  queue->Shutdown();
}

TEST_F(CredentialsTest, WithAClientAuthorityOnlyItsCertificatesConnect) {
  const Certificate server = MakeCertificate("localhost");
  const Certificate client = MakeCertificate("line-1");
  const auto credentials = MakeServerCredentials(
      {Write("cert", server.certificate), Write("key", server.key), Write("ca", client.certificate)});
  ASSERT_THAT(credentials, testing::IsOk());
  int port = 0;
  grpc::ServerBuilder builder;
  grpc::AsyncGenericService service;
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  builder.AddListeningPort("127.0.0.1:0", *credentials, &port);
  const auto running = builder.BuildAndStart();
  ASSERT_NE(running, nullptr);

  EXPECT_TRUE(Connects(port, server.certificate, &client));

  running->Shutdown();
  queue->Shutdown();
}

TEST_F(CredentialsTest, WhatCannotBeUsedIsNamed) {
  const Certificate one = MakeCertificate("localhost");
  const Certificate other = MakeCertificate("localhost");
  const std::string certificate = Write("cert", one.certificate);
  const std::string key = Write("key", one.key);
  const auto is_invalid = [](const std::string& why) {
    return testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(MakeServerCredentials({certificate, "", ""}), is_invalid("only one of them"));
  EXPECT_THAT(MakeServerCredentials({"", "", certificate}), is_invalid("no certificate and key"));
  EXPECT_THAT(MakeServerCredentials({folder_.path() + "/none", key, ""}), is_invalid("none cannot be read"));
  EXPECT_THAT(MakeServerCredentials({Write("text", "hello"), key, ""}),
              is_invalid("is not a PEM certificate"));
  EXPECT_THAT(MakeServerCredentials({certificate, Write("text", "hello"), ""}), is_invalid("private key"));
  EXPECT_THAT(MakeServerCredentials({certificate, Write("other", other.key), ""}),
              is_invalid("does not belong to"));
}

TEST_F(CredentialsTest, WithoutFilesThereIsNoTls) { EXPECT_THAT(MakeServerCredentials({}), testing::IsOk()); }

}  // namespace
}  // namespace mlfsc

// The stub that talks gRPC to a server.
#ifndef MLFSC_CLIENT_GRPC_STUB_H_
#define MLFSC_CLIENT_GRPC_STUB_H_

#include <memory>
#include <string>

#include "client/stub.h"

namespace mlfsc::client {

struct ChannelOptions {
  // HOST:PORT, or any target that gRPC resolves.
  std::string server = "127.0.0.1:50051";
  // Largest message either way: a float32 map of the largest picture that a server takes by default (8192 x
  // 8192), and room for the rest.
  int max_message_bytes = (256 + 1) << 20;
  bool tls = false;
  // PEM. The authority that signed the server's certificate; empty for those that the machine trusts.
  std::string authority;
  // PEM, of this client, for a server that asks for one.
  std::string certificate;
  std::string key;
  // The name in the server's certificate; empty for the host in `server`.
  std::string server_name;
  // Sent with every call; empty for none.
  std::string token;
};

// Connects when the first call is made, and again whenever the connection is lost.
std::shared_ptr<Stub> MakeGrpcStub(const ChannelOptions& options);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GRPC_STUB_H_

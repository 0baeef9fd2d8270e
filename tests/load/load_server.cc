#include "tests/load/load_server.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <grpcpp/create_channel.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::testing {
namespace {

std::vector<std::string> Arguments(const std::string& store, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"--listen=127.0.0.1:0", "--metrics=127.0.0.1:0", "--store=" + store};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// The port in "address=127.0.0.1:1234" for `name` "address".
int PortIn(const std::string& log, const std::string& name) {
  const size_t at = log.find(name + "=127.0.0.1:");
  return at == std::string::npos ? 0 : std::atoi(log.c_str() + log.find(':', at) + 1);
}

}  // namespace

std::string StubServerBinary() { return MLFSC_STUB_SERVER_BINARY; }

LoadServer::LoadServer(const std::string& binary, const std::vector<std::string>& more_arguments)
    : process_(binary, Arguments(folder_.path(), more_arguments)) {
  if (!process_.AwaitLog(" categories=")) {
    std::cerr << process_.log();
    std::abort();
  }
  port_ = PortIn(process_.log(), "address");
  metrics_port_ = PortIn(process_.log(), "metrics");
}

std::shared_ptr<grpc::Channel> LoadServer::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials(),
                                   arguments);
}

int LoadServer::Stop() {
  process_.Signal(SIGTERM);
  return process_.Wait();
}

}  // namespace mlfsc::testing

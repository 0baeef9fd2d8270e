#include "tests/e2e/replica.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

client::Client ClientOf(int port) {
  client::ConnectionOptions options;
  options.channel.server = absl::StrCat("127.0.0.1:", port);
  return client::Client(client::MakeConnection(options));
}

}  // namespace

Replica::Replica(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), direct_((Start(), ClientOf(port_))) {}

void Replica::Start() {
  const std::string port_file = folder_.path() + "/port";
  std::vector<std::string> all = {absl::StrCat("--listen=127.0.0.1:", port_), "--port_file=" + port_file};
  all.insert(all.end(), arguments_.begin(), arguments_.end());
  process_ = std::make_unique<testing::ServerProcess>(MLFSC_SERVER_BINARY, all);
  if (!process_->AwaitLog(" serving ")) {
    std::cerr << process_->log();
    std::abort();
  }
  port_ = std::stoi(testing::ReadFile(port_file));
}

void Replica::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

int Replica::Drain() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

}  // namespace mlfsc

// The options of every command that talks to a server.
#ifndef MLFSC_CLIENT_COMMANDS_CONNECTION_FLAGS_H_
#define MLFSC_CLIENT_COMMANDS_CONNECTION_FLAGS_H_

#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/context.h"

namespace mlfsc::client {

class ConnectionFlags {
 public:
  // By default a person waits: a server that is away is given up after a second or so.
  explicit ConnectionFlags(int attempts = 4, double timeout_seconds = 60)
      : timeout_seconds_(timeout_seconds) {
    options_.retry.max_attempts = attempts;
  }

  // Binds options of `command` to this, which must stay where it is.
  void AddTo(CLI::App* command);

  // Reads the files that are named. Does not talk to the server yet.
  absl::StatusOr<Client> Connect(const Context& context) const;

  // One attempt a call, so that every refusal is seen.
  void NeverRetry() {
    options_.retry.max_attempts = 1;
    options_.retry.follow_hints = false;
  }

  // HOST:PORT.
  const std::string& server() const { return options_.channel.server; }
  // What the server is shown; empty for none.
  absl::StatusOr<std::string> ReadToken() const;

 private:
  ConnectionOptions options_;
  std::string authority_file_;
  std::string certificate_file_;
  std::string key_file_;
  std::string token_file_;
  double timeout_seconds_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CONNECTION_FLAGS_H_

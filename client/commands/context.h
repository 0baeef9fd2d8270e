// What every command is given.
#ifndef MLFSC_CLIENT_COMMANDS_CONTEXT_H_
#define MLFSC_CLIENT_COMMANDS_CONTEXT_H_

#include <functional>
#include <memory>

#include "client/client.h"
#include "client/connection.h"
#include "client/terminal/interrupt.h"
#include "client/terminal/terminal.h"
#include "core/base/clock.h"

namespace mlfsc::client {

struct Context {
  Terminal terminal;
  Clock* clock = nullptr;
  // How a command reaches its server.
  std::function<std::shared_ptr<Connection>(const ConnectionOptions&)> connect;
  // How a command that runs until it is told to end hears of that.
  std::function<std::unique_ptr<Interrupt>()> listen_for_interrupt;
};

// Exit codes; also of a command line that makes no sense.
inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
// `score --fail-on`: a picture has that verdict.
inline constexpr int kExitVerdict = 2;

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CONTEXT_H_

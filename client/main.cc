#include <string>
#include <vector>

#include "client/commands/app.h"
#include "client/connection.h"
#include "client/terminal/interrupt.h"
#include "client/terminal/terminal.h"
#include "core/base/clock.h"

int main(int argc, char** argv) {
  mlfsc::client::Context context;
  context.terminal = mlfsc::client::ProcessTerminal();
  context.clock = mlfsc::Clock::Real();
  context.connect = [](const mlfsc::client::ConnectionOptions& options) {
    return mlfsc::client::MakeConnection(options);
  };
  context.listen_for_interrupt = mlfsc::client::ListenForInterrupt;
  return mlfsc::client::RunApp(std::vector<std::string>(argv + 1, argv + argc), context);
}

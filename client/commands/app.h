// The command line `mlfsc`.
#ifndef MLFSC_CLIENT_COMMANDS_APP_H_
#define MLFSC_CLIENT_COMMANDS_APP_H_

#include <string>
#include <vector>

#include "client/commands/context.h"

namespace mlfsc::client {

// Runs one command. `arguments`: without the program's name. Results go to the terminal's `out`; an error is
// one line on `err` that begins "mlfsc: ". Returns the exit code: kExitOk, kExitError or kExitVerdict.
int RunApp(std::vector<std::string> arguments, const Context& context);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_APP_H_

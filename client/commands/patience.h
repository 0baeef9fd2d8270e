// --patience: how long a server that does not answer is waited for.
#ifndef MLFSC_CLIENT_COMMANDS_PATIENCE_H_
#define MLFSC_CLIENT_COMMANDS_PATIENCE_H_

#include <string>

#include <CLI/CLI.hpp>

namespace mlfsc::client {

// Exit code: something was not done, for no reason of its own. The results that are there are right, and can
// be gone on with.
inline constexpr int kExitIncomplete = 3;

// Binds --patience of `command` to `seconds`, which must stay where it is. Taken as 60, 60s, 5m or 1h.
void AddPatienceFlag(CLI::App* command, double* seconds, const std::string& help);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_PATIENCE_H_

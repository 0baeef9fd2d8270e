// The commands of `mlfsc`, one file each. Each Add puts a subcommand with its options on `app`; `context`
// outlives it.
#ifndef MLFSC_CLIENT_COMMANDS_COMMANDS_H_
#define MLFSC_CLIENT_COMMANDS_COMMANDS_H_

#include <functional>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "client/commands/context.h"

namespace mlfsc::client {

// A command of the program: its options are on `app`, and `run` does its work when the user asked for it. An
// error is printed by the caller and ends the program with kExitError.
struct Command {
  CLI::App* app = nullptr;
  std::function<absl::StatusOr<int>()> run;
};

Command AddTrain(CLI::App* app, const Context& context);
Command AddScore(CLI::App* app, const Context& context);
Command AddHeatmap(CLI::App* app, const Context& context);
Command AddEval(CLI::App* app, const Context& context);
Command AddCategories(CLI::App* app, const Context& context);
Command AddActivate(CLI::App* app, const Context& context);
Command AddDelete(CLI::App* app, const Context& context);
Command AddHealth(CLI::App* app, const Context& context);
Command AddStatistics(CLI::App* app, const Context& context);
Command AddBench(CLI::App* app, const Context& context);
Command AddWatch(CLI::App* app, const Context& context);
Command AddThreshold(CLI::App* app, const Context& context);
Command AddRecalibrate(CLI::App* app, const Context& context);
Command AddExport(CLI::App* app, const Context& context);
Command AddImport(CLI::App* app, const Context& context);
Command AddWeb(CLI::App* app, const Context& context);
Command AddGenerate(CLI::App* app, const Context& context);
Command AddCompletion(CLI::App* app, const Context& context);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_COMMANDS_H_

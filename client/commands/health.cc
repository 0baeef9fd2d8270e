#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"

namespace mlfsc::client {
namespace {

// Who asks acts on the answer: no second attempt, and no long wait.
constexpr int kAttempts = 1;
constexpr double kTimeoutSeconds = 5;

struct Flags {
  ConnectionFlags connection{kAttempts, kTimeoutSeconds};
  std::string category;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<bool> serving = client->IsServing(flags.category);
  if (!serving.ok()) return serving.status();
  const std::string asked = flags.category.empty()
                                ? flags.connection.server()
                                : absl::StrCat(flags.category, " on ", flags.connection.server());
  *context.terminal.out << asked << ": "
                        << (*serving ? Paint(context.terminal, Color::kGreen, "serving")
                                     : Paint(context.terminal, Color::kRed, "not serving"))
                        << '\n';
  return *serving ? kExitOk : kExitError;
}

}  // namespace

Command AddHealth(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("health", "Ask whether the server, or a category, answers");
  command->add_option("CATEGORY", flags->category, "Name of a category (default: the server as a whole)")
      ->type_name("");
  flags->connection.AddTo(command);
  command->footer(
      "One line. Exit code: 0 when it is serving, 1 when it is not or cannot be reached in time.\n\n"
      "Examples:\n"
      "  mlfsc health\n"
      "  mlfsc health carpet --timeout 1\n"
      "  until mlfsc health --server inspection:50051; do sleep 1; done");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

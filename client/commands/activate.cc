#include <cstdint>
#include <memory>
#include <string>

#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/version_number.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string category;
  int64_t version = 0;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Category> category = client->ActivateVersion(flags.category, flags.version);
  if (!category.ok()) return category.status();
  *context.terminal.out << Printable(category->category()) << ": version " << category->active_version()
                        << " answers now\n";
  return kExitOk;
}

}  // namespace

Command AddActivate(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app->add_subcommand("activate", "Let a version answer; also the way back to an older one");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command->add_option("VERSION", flags->version, "As `mlfsc categories` lists it")
      ->required()
      ->check(VersionNumber())
      ->type_name("");
  flags->connection.AddTo(command);
  command->footer(
      "Example:\n"
      "  mlfsc activate carpet 2");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/version_number.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string category;
  // 0 = the whole category.
  int64_t version = 0;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  if (flags.version == 0) {
    if (const absl::Status status = client->DeleteCategory(flags.category); !status.ok()) return status;
    *context.terminal.out << flags.category << " is deleted\n";
    return kExitOk;
  }
  const absl::StatusOr<v1::Category> category = client->DeleteVersion(flags.category, flags.version);
  if (!category.ok()) return category.status();
  *context.terminal.out << flags.category << ": version " << flags.version << " is deleted, "
                        << category->versions_size() << " left\n";
  return kExitOk;
}

}  // namespace

Command AddDelete(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("delete", "Delete a version, or a whole category, for good");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command
      ->add_option(
          "VERSION", flags->version,
          "As `mlfsc categories` lists it; the active one is refused [the category with all its versions]")
      ->check(VersionNumber())
      ->type_name("");
  flags->connection.AddTo(command);
  command->footer(
      "Examples:\n"
      "  mlfsc delete carpet 1\n"
      "  mlfsc delete carpet");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

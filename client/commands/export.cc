#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/version_number.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  std::string category;
  std::string file;
  int64_t version = 0;
};

absl::Status CannotWrite(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  // Under its name only once it is whole.
  const std::string part = flags.file + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  if (!out) return CannotWrite(part);
  int64_t bytes = 0;
  absl::Status status = client->ExportCategory(flags.category, flags.version, [&](const std::string& piece) {
    bytes += static_cast<int64_t>(piece.size());
    return out.write(piece.data(), static_cast<std::streamsize>(piece.size())) ? absl::OkStatus()
                                                                               : CannotWrite(part);
  });
  out.close();
  if (status.ok() && !out) status = CannotWrite(part);
  if (status.ok() && std::rename(part.c_str(), flags.file.c_str()) != 0) status = CannotWrite(flags.file);
  if (!status.ok()) {
    std::remove(part.c_str());
    return status;
  }
  *context.terminal.out << flags.category << ": exported to " << flags.file << ", " << bytes << " bytes\n";
  return kExitOk;
}

}  // namespace

Command AddExport(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("export", "Save a version of a category as one file");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command->add_option("FILE", flags->file, "Where to; an existing file is replaced")
      ->required()
      ->type_name("");
  command->add_option("--version", flags->version, "As `mlfsc categories` lists it [the active one]")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  flags->connection.AddTo(command);
  command->footer(
      "`mlfsc import FILE` takes it on another server; Python's safetensors package reads it.\n\n"
      "Examples:\n"
      "  mlfsc export carpet carpet.safetensors\n"
      "  mlfsc export carpet carpet-2.safetensors --version 2");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

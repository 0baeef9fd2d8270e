#include <cerrno>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"

namespace mlfsc::client {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

struct Flags {
  ConnectionFlags connection;
  std::string file;
  std::string category;
  bool keep_active = false;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", flags.file));
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  v1::ImportCategoryRequest::Start start;
  start.set_category(flags.category);
  start.set_keep_active(flags.keep_active);
  const absl::StatusOr<v1::ImportCategoryResponse> imported =
      client->ImportCategory(start, [&]() -> absl::StatusOr<std::string> {
        std::string piece(kPieceBytes, '\0');
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        if (in.bad()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", flags.file));
        piece.resize(static_cast<size_t>(in.gcount()));
        return piece;
      });
  if (!imported.ok()) return imported.status();
  *context.terminal.out << Printable(imported->category()) << ": version " << imported->version().version()
                        << " is imported" << (flags.keep_active ? "" : " and answers now") << '\n';
  return kExitOk;
}

}  // namespace

Command AddImport(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("import", "Add a version from a file that `export` saved");
  command->add_option("FILE", flags->file, "The file")->required()->type_name("");
  command->add_option("--category", flags->category, "What to call it here [as it was exported]")
      ->type_name("NAME");
  command->add_flag("--keep-active", flags->keep_active, "Leave the version that answers now in its place");
  flags->connection.AddTo(command);
  command->footer(
      "The server verifies the whole file before anything of it is seen.\n\n"
      "Examples:\n"
      "  mlfsc import carpet.safetensors\n"
      "  mlfsc import carpet.safetensors --category carpet-line-2 --keep-active");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

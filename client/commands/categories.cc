#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/json.h"
#include "client/commands/option_names.h"
#include "client/commands/times.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

struct Flags {
  ConnectionFlags connection;
  bool json = false;
};

// A server of before there was a choice does not tell.
std::string Resize(const v1::CategoryOptions& options) {
  const std::string name = Name(options.resize());
  return name.empty() ? "-" : name;
}

// A server of before it was told does not.
std::string Arithmetic(const v1::Version& version) {
  return version.arithmetic().empty() ? "unknown" : version.arithmetic();
}

void AddVersion(const v1::Category& category, const v1::Version& version, Table* table) {
  const bool active = version.version() == category.active_version();
  const Cell state = !version.error().empty() ? Cell("unusable", Color::kRed)
                     : active                 ? Cell("active", Color::kGreen)
                                              : Cell("-");
  const v1::CategoryOptions& options = version.options();
  table->Add({category.category(), absl::StrCat(version.version()), state, absl::StrCat(version.pictures()),
              Name(options.feature_source()), Resize(options), Name(options.coder()),
              Name(options.score_method()), absl::StrFormat("%.5g", version.calibration().threshold()),
              Arithmetic(version), FormatLocal(version.create_time())});
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::StatusOr<std::vector<v1::Category>> categories = client->ListCategories();
  if (!categories.ok()) return categories.status();
  if (flags.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const v1::Category& category : *categories) json.push_back(ToJson(category));
    PrintJson(json, context.terminal.out);
    return kExitOk;
  }
  if (categories->empty()) {
    *context.terminal.err << "no categories yet: mlfsc train CATEGORY FOLDER\n";
    return kExitOk;
  }
  Table table({{"CATEGORY"},
               {"VERSION", Table::Align::kRight},
               {"STATE"},
               {"PICTURES", Table::Align::kRight},
               {"FEATURES"},
               {"RESIZE"},
               {"CODES"},
               {"SCORE"},
               {"THRESHOLD", Table::Align::kRight},
               {"ARITHMETIC"},
               {"LEARNT"}});
  for (const v1::Category& category : *categories) {
    for (const v1::Version& version : category.versions()) AddVersion(category, version, &table);
  }
  table.Print(context.terminal);
  for (const v1::Category& category : *categories) {
    for (const v1::Version& version : category.versions()) {
      for (const std::string& words : {version.error(), version.arithmetic_note()}) {
        if (words.empty()) continue;
        *context.terminal.err << Printable(category.category()) << " version " << version.version() << ": "
                              << Printable(words) << '\n';
      }
    }
  }
  return kExitOk;
}

}  // namespace

Command AddCategories(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("categories", "List categories and their versions");
  command->add_flag("--json", flags->json, "Print everything as JSON");
  flags->connection.AddTo(command);
  command->footer(
      "Examples:\n"
      "  mlfsc categories\n"
      "  mlfsc categories --json --server inspection:50051");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client

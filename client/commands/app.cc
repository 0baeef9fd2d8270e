#include "client/commands/app.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/commands/commands.h"
#include "client/commands/hints.h"
#include "core/base/nearest_name.h"

namespace mlfsc::client {
namespace {

struct Entry {
  absl::string_view name;
  Command (*add)(CLI::App* app, const Context& context);
};

// In the order in which the help lists them: what makes a category, what uses it, what keeps the store, the
// rest.
constexpr Entry kCommands[] = {
    {"train", AddTrain},
    {"score", AddScore},
    {"heatmap", AddHeatmap},
    {"eval", AddEval},
    {"categories", AddCategories},
    {"activate", AddActivate},
    {"delete", AddDelete},
    {"threshold", AddThreshold},
    {"recalibrate", AddRecalibrate},
    {"export", AddExport},
    {"import", AddImport},
    {"health", AddHealth},
    {"statistics", AddStatistics},
    {"bench", AddBench},
    {"watch", AddWatch},
    {"web", AddWeb},
    {"generate", AddGenerate},
    {"completion", AddCompletion},
};

// The command that `arguments` begin with; null when it is none.
const Entry* Asked(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return nullptr;
  const Entry* entry = std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Entry& candidate) {
    return candidate.name == arguments.front();
  });
  return entry == std::end(kCommands) ? nullptr : entry;
}

// --false_alarm_rate is --false-alarm-rate.
void AcceptUnderscores(std::vector<std::string>* arguments) {
  for (std::string& argument : *arguments) {
    if (argument == "--") return;
    if (argument.rfind("--", 0) != 0) continue;
    const size_t name_end = std::min(argument.find('='), argument.size());
    std::replace(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(name_end), '_', '-');
  }
}

// `eval --json results.json` is `eval --json=results.json`. Only a word that says it is JSON: the one after a
// bare
// --json may as well be the category.
void AcceptJsonFile(std::vector<std::string>* arguments) {
  if (arguments->empty() || arguments->front() != "eval") return;
  for (size_t i = 1; i + 1 < arguments->size() && (*arguments)[i] != "--"; ++i) {
    if ((*arguments)[i] != "--json" || !absl::EndsWith((*arguments)[i + 1], ".json")) continue;
    absl::StrAppend(&(*arguments)[i], "=", (*arguments)[i + 1]);
    arguments->erase(arguments->begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

int Fail(const Context& context, const std::string& message) {
  // One line, whatever is in the message.
  *context.terminal.err << "mlfsc: " << Printable(message) << '\n';
  return kExitError;
}

// What to type to learn more about what was asked for.
std::string HelpFor(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? "mlfsc --help" : absl::StrCat("mlfsc ", chosen.front()->get_name(), " --help");
}

}  // namespace

int RunApp(std::vector<std::string> arguments, const Context& context) {
  CLI::App app("Learns what good product looks like, scores pictures and shows where they depart from it.",
               "mlfsc");
  app.require_subcommand(1);
  app.set_version_flag("--version", MLFSC_VERSION);
  app.footer(
      "The server is the one given with --server or in MLFSC_SERVER, else 127.0.0.1:50051.\n"
      "`mlfsc COMMAND --help` tells more, with examples.\n\n"
      "From nothing to a first result:\n"
      "  mlfsc generate pictures\n"
      "  mlfsc eval cloth pictures --train --heatmaps heatmaps");
  const Entry* asked = Asked(arguments);
  if (asked == nullptr && !arguments.empty() && arguments.front().rfind('-', 0) != 0) {
    std::vector<std::string> names;
    for (const Entry& entry : kCommands) names.emplace_back(entry.name);
    return Fail(context, absl::StrCat("there is no command ", arguments.front(),
                                      DidYouMean(arguments.front(), names), " (mlfsc --help)"));
  }
  // The one that is asked for; all, for those who ask for none and for what tells a shell of all of them.
  std::vector<Command> commands;
  for (const Entry& entry : kCommands) {
    if (asked == nullptr || asked == &entry || asked->add == AddCompletion) {
      commands.push_back(entry.add(&app, context));
    }
  }
  AcceptUnderscores(&arguments);
  AcceptJsonFile(&arguments);
  const std::vector<std::string> typed = arguments;
  // CLI11 takes them from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help, *context.terminal.out, *context.terminal.err);
  } catch (const CLI::ParseError& error) {
    if (!typed.empty() && asked == nullptr) {
      const std::string instead = OptionBeforeCommand(app, typed.front(), typed);
      if (!instead.empty()) return Fail(context, instead);
    }
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    const std::string meant = MeantOption(chosen.empty() ? app : *chosen.front());
    return Fail(context, absl::StrCat(error.what(), meant, " (", HelpFor(app), ")"));
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    if (const std::string wrong = WrongOrder(*command.app); !wrong.empty()) return Fail(context, wrong);
    const absl::StatusOr<int> code = command.run();
    if (!code.ok()) {
      return Fail(context, absl::StrCat(code.status().message(), IsNoSuchCategory(code.status())
                                                                     ? OrderWhereNoCategory(*command.app)
                                                                     : ""));
    }
    context.terminal.out->flush();
    return *code;
  }
  return kExitError;
}

}  // namespace mlfsc::client

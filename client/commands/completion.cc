#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/commands/commands.h"

namespace mlfsc::client {
namespace {

// What a shell is told of one option.
struct ShellOption {
  // "--json"
  std::string name;
  std::string description;
  // It is followed by a value.
  bool value;
};

std::vector<ShellOption> OptionsOf(const CLI::App& command) {
  std::vector<ShellOption> options;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      options.push_back({"--" + name, option->get_description(), option->get_items_expected_max() > 0});
    }
  }
  return options;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string Names(const std::vector<ShellOption>& options) {
  return absl::StrJoin(options, " ",
                       [](std::string* out, const ShellOption& option) { out->append(option.name); });
}

std::string BashScript(const CLI::App& app) {
  std::string script =
      "# bash completion for mlfsc:  source <(mlfsc completion bash)\n"
      "_mlfsc() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} options= words=\n"
      "  COMPREPLY=()\n";
  std::vector<std::string> names;
  for (const CLI::App* command : CommandsOf(app)) names.push_back(command->get_name());
  absl::StrAppend(&script, "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '",
                  absl::StrJoin(names, " "), " ", Names(OptionsOf(app)),
                  "' -- \"$current\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n");
  for (const CLI::App* command : CommandsOf(app)) {
    absl::StrAppend(&script, "    ", command->get_name(), ") options='", Names(OptionsOf(*command)),
                    "' ;;\n");
  }
  absl::StrAppend(
      &script,
      "  esac\n"
      "  [ \"${COMP_WORDS[1]}\" = completion ] && words='bash zsh fish'\n"
      "  case $current in\n"
      "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _mlfsc mlfsc\n");
  return script;
}

// In single quotes; brackets and colons are _arguments' own.
std::string ZshText(const std::string& text) {
  return absl::StrReplaceAll(text, {{"'", "'\\''"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string ZshScript(const CLI::App& app) {
  std::string script =
      "#compdef mlfsc\n"
      "# zsh completion for mlfsc:  mlfsc completion zsh > a folder of $fpath, as _mlfsc\n"
      "_mlfsc() {\n"
      "  local -a commands=(\n";
  for (const CLI::App* command : CommandsOf(app)) {
    absl::StrAppend(&script, "    '", command->get_name(), ":", ZshText(command->get_description()), "'\n");
  }
  absl::StrAppend(&script,
                  "  )\n"
                  "  if (( CURRENT == 2 )); then\n"
                  "    _describe 'command' commands\n"
                  "    return\n"
                  "  fi\n"
                  "  local command=$words[2]\n"
                  "  shift words\n"
                  "  (( CURRENT-- ))\n"
                  "  case $command in\n");
  for (const CLI::App* command : CommandsOf(app)) {
    absl::StrAppend(&script, "    ", command->get_name(), ")\n      _arguments \\\n");
    for (const ShellOption& option : OptionsOf(*command)) {
      absl::StrAppend(&script, "        '", option.name, option.value ? "=" : "", "[",
                      ZshText(option.description), "]", option.value ? ":value:_files" : "", "' \\\n");
    }
    absl::StrAppend(&script, command->get_name() == "completion" ? "        '*:shell:(bash zsh fish)' ;;\n"
                                                                 : "        '*:file:_files' ;;\n");
  }
  absl::StrAppend(&script,
                  "  esac\n"
                  "}\n"
                  "if [ \"$funcstack[1]\" = _mlfsc ]; then _mlfsc \"$@\"; else compdef _mlfsc mlfsc; fi\n");
  return script;
}

std::string FishText(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}});
}

std::string FishScript(const CLI::App& app) {
  std::string script =
      "# fish completion for mlfsc:  mlfsc completion fish > ~/.config/fish/completions/mlfsc.fish\n";
  for (const CLI::App* command : CommandsOf(app)) {
    absl::StrAppend(&script, "complete -c mlfsc -f -n __fish_use_subcommand -a ", command->get_name(),
                    " -d '", FishText(command->get_description()), "'\n");
  }
  for (const CLI::App* command : CommandsOf(app)) {
    const std::string here =
        absl::StrCat("complete -c mlfsc -n '__fish_seen_subcommand_from ", command->get_name(), "'");
    for (const ShellOption& option : OptionsOf(*command)) {
      absl::StrAppend(&script, here, " -l ", option.name.substr(2), option.value ? " -r" : "", " -d '",
                      FishText(option.description), "'\n");
    }
  }
  absl::StrAppend(&script,
                  "complete -c mlfsc -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n");
  return script;
}

}  // namespace

Command AddCompletion(CLI::App* app, const Context& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("completion", "Print what completes mlfsc's words in a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
      ->type_name("");
  command->footer(
      "Examples:\n"
      "  source <(mlfsc completion bash)\n"
      "  mlfsc completion zsh > ~/.zfunc/_mlfsc\n"
      "  mlfsc completion fish > ~/.config/fish/completions/mlfsc.fish");
  return {command, [shell, app, &context]() -> absl::StatusOr<int> {
            *context.terminal.out << (*shell == "bash"  ? BashScript(*app)
                                      : *shell == "zsh" ? ZshScript(*app)
                                                        : FishScript(*app));
            return kExitOk;
          }};
}

}  // namespace mlfsc::client

// What a command line that makes no sense was most likely meant to say.
#ifndef MLFSC_CLIENT_COMMANDS_HINTS_H_
#define MLFSC_CLIENT_COMMANDS_HINTS_H_

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"

namespace mlfsc::client {

// "; did you mean --recursive?" of the first option that `command` does not know, or nothing. After its
// parsing has failed.
std::string MeantOption(const CLI::App& command);

// What is wrong with the order of the words of a parsed command:
//
// - The word given for CATEGORY can be none (it is written like a picture or a path, or is a file or folder
//   whose name no category can have), and one given for PICTURE or FOLDER is not written like a path: they
//   are swapped, whether there are such files or not.
// - The word given for CATEGORY is also the name of a file or folder here, and what is given for PICTURE or
//   FOLDER is not there, nor almost there, nor written like a path or a file: they may be swapped.
//
// Empty for all else.
std::string WrongOrder(const CLI::App& command);

// Whether an error is the server's word that it has no category of that name.
bool IsNoSuchCategory(const absl::Status& error);

// "; hundred is a folder, too: the order is mlfsc watch FOLDER CATEGORY", for behind such an error; or
// nothing.
std::string OrderWhereNoCategory(const CLI::App& command);

// What to write instead of `first`, an option that stands before the command in `arguments` and belongs
// behind it. Empty when no command of `app` has such an option.
std::string OptionBeforeCommand(const CLI::App& app, const std::string& first,
                                const std::vector<std::string>& arguments);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_HINTS_H_

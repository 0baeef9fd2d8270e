// What a command line that makes no sense was most likely meant to say.
#ifndef MLFSC_CLIENT_COMMANDS_HINTS_H_
#define MLFSC_CLIENT_COMMANDS_HINTS_H_

#include <string>

#include <CLI/CLI.hpp>

namespace mlfsc::client {

// "; did you mean --recursive?" of the first option that `command` does not know, or nothing. After its
// parsing has failed.
std::string MeantOption(const CLI::App& command);

// Why the words of a parsed command stand in the wrong order: what is given for CATEGORY is a file or folder,
// or is written like one, while what is given for PICTURE or FOLDER is neither there nor written like one.
// Empty when they do not.
std::string WrongOrder(const CLI::App& command);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_HINTS_H_

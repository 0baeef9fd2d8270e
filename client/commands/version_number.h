// Versions on the command line.
#ifndef MLFSC_CLIENT_COMMANDS_VERSION_NUMBER_H_
#define MLFSC_CLIENT_COMMANDS_VERSION_NUMBER_H_

#include <CLI/CLI.hpp>

namespace mlfsc::client {

// Takes whole numbers from 1 upwards.
CLI::Validator VersionNumber();

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_VERSION_NUMBER_H_

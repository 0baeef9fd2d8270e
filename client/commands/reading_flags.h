// What a command is told of its picture files besides what they say themselves.
#ifndef MLFSC_CLIENT_COMMANDS_READING_FLAGS_H_
#define MLFSC_CLIENT_COMMANDS_READING_FLAGS_H_

#include <CLI/CLI.hpp>

#include "client/pictures/picture_file.h"

namespace mlfsc::client {

// Binds --bit-depth of `command` to `bit_depth`, which must stay where it is.
void AddBitDepthFlag(CLI::App* command, int* bit_depth);

// Binds --bit-depth and --page of `command` to `reading`, which must stay where it is.
void AddReadingFlags(CLI::App* command, PictureReading* reading);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_READING_FLAGS_H_

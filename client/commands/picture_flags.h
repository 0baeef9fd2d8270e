// What `score`, `heatmap` and `bench` are told: a category and pictures.
#ifndef MLFSC_CLIENT_COMMANDS_PICTURE_FLAGS_H_
#define MLFSC_CLIENT_COMMANDS_PICTURE_FLAGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/commands/connection_flags.h"
#include "client/commands/context.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {

struct PictureFlags {
  ConnectionFlags connection;
  std::string category;
  std::vector<std::string> pictures;
  int64_t version = 0;
  PictureReading reading;
  int jobs = 2;
  bool recursive = false;

  // Binds options of `command` to this, which must stay where it is.
  void AddTo(CLI::App* command);
};

// --recursive, for arguments that may be folders.
void AddRecursiveFlag(CLI::App* command, bool* recursive);

// The pictures that `given`, files and folders, stand for. Says on `err`, with the category in front, what of
// the folders is passed over. As ExpandFolders otherwise.
absl::StatusOr<std::vector<std::string>> FindPictures(const Context& context, const std::string& category,
                                                      const std::vector<std::string>& given, bool recursive);

// `error` with the picture's path in front.
absl::Status OfPicture(const std::string& path, const absl::Status& error);

// True: the error is one picture's own, so that the next one may well succeed. Else the category or the
// server is at fault, and going on is pointless.
bool IsAboutThePicture(const absl::Status& error);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_PICTURE_FLAGS_H_

// What an earlier run of `score` has printed.
#ifndef MLFSC_CLIENT_COMMANDS_SCORE_RESUME_H_
#define MLFSC_CLIENT_COMMANDS_SCORE_RESUME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc::client {

struct EarlierOutput {
  bool is_csv = false;
  // Of each picture that has a row, an error or not, as the row names it.
  std::vector<std::string> pictures;
  // Bytes of the file that are whole rows; behind them is at most a part of one.
  int64_t whole = 0;
};

// Reads `path`, CSV or JSON lines; an empty file is either. Errors name the file and the place:
// InvalidArgument when it is neither, or of another category than `category`.
absl::StatusOr<EarlierOutput> ReadEarlierOutput(const std::string& path, const std::string& category);

// Of `pictures`, those that have no row yet, in their order: one named several times is left out as often as
// it has rows.
std::vector<std::string> NotIn(const EarlierOutput& earlier, const std::vector<std::string>& pictures);

// When standard output is the file `path` itself (>> FILE), takes a part of a row away from its end. Returns
// whether it is.
absl::StatusOr<bool> PrepareToAppend(const EarlierOutput& earlier, const std::string& path);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_SCORE_RESUME_H_
